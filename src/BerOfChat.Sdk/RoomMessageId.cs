using BerOfChat.Primitives;

namespace BerOfChat;

/// <summary>Names a message on every device: the hash of its entry, 32 bytes.</summary>
public readonly record struct RoomMessageId
{
    /// <summary>The size of an id in bytes.</summary>
    public const int Size = Bytes32.Size;

    private readonly Bytes32 _hash;

    internal RoomMessageId(Bytes32 hash) => _hash = hash;

    /// <summary>Writes the <see cref="Size"/> bytes of the id.</summary>
    public void CopyTo(Span<byte> destination) => _hash.CopyTo(destination);

    /// <summary>The id as 64 hexadecimal digits.</summary>
    public override string ToString() => _hash.ToString();
}
