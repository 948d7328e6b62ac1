using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>The room key of this device, which names its log. Who comes back to a room has a new one.</summary>
internal sealed class OwnLog : IDisposable
{
    public OwnLog(ReadOnlySpan<byte> seed) => Replace(seed);

    public Ed25519PrivateKey Key { get; private set; } = null!;

    public Bytes32 Id { get; private set; }

    public void Replace(ReadOnlySpan<byte> seed)
    {
        Key?.Dispose();
        Key = new Ed25519PrivateKey(seed);
        Id = Bytes32.Read(Key.PublicKey.Span);
    }

    public void Dispose() => Key.Dispose();
}
