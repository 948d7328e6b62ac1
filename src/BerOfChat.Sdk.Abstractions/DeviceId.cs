using BerOfChat.Primitives;

namespace BerOfChat;

/// <summary>Names one device of an account: its X25519 public key, 32 bytes. Two devices never share one.</summary>
public readonly record struct DeviceId
{
    /// <summary>The size of an id in bytes.</summary>
    public const int Size = Bytes32.Size;

    private readonly Bytes32 _value;

    /// <summary>Takes an id from exactly <see cref="Size"/> bytes.</summary>
    /// <param name="agreementKey">The device's agreement key.</param>
    public DeviceId(ReadOnlySpan<byte> agreementKey) => _value = Bytes32.Read(agreementKey);

    /// <summary>Writes the <see cref="Size"/> bytes of the id.</summary>
    public void CopyTo(Span<byte> destination) => _value.CopyTo(destination);

    /// <summary>The id as 64 hexadecimal digits.</summary>
    public override string ToString() => _value.ToString();
}
