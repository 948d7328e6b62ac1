using BerOfChat.Primitives;

namespace BerOfChat;

/// <summary>Where two devices meet on a signaling service: 32 bytes that look random to everyone else.</summary>
public readonly record struct SignalingTopicId
{
    /// <summary>The size of an id in bytes.</summary>
    public const int Size = Bytes32.Size;

    private readonly Bytes32 _value;

    /// <summary>Takes an id from exactly <see cref="Size"/> bytes.</summary>
    public SignalingTopicId(ReadOnlySpan<byte> value) => _value = Bytes32.Read(value);

    /// <summary>Writes the <see cref="Size"/> bytes of the id.</summary>
    public void CopyTo(Span<byte> destination) => _value.CopyTo(destination);

    /// <summary>The id as 64 hexadecimal digits.</summary>
    public override string ToString() => _value.ToString();
}
