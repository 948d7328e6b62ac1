using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.Sessions.Noise;

namespace BerOfChat.Sessions.Records;

/// <summary>Everything that a handshake leaves behind: a sealer and an opener for each lane, the session's id, and the secret for later keys.</summary>
internal sealed class SessionKeys : IDisposable
{
    private readonly RecordSealer[] _sealers = new RecordSealer[LaneCount];
    private readonly RecordOpener[] _openers = new RecordOpener[LaneCount];
    private readonly byte[] _exporterSecret = new byte[KeySize];

    private SessionKeys(UInt128 sessionId) => SessionId = sessionId;

    /// <summary>The first 16 bytes of the handshake's hash.</summary>
    public UInt128 SessionId { get; }

    /// <summary>A secret of both sides that nobody else knows, from which further keys can be derived.</summary>
    public ReadOnlySpan<byte> ExporterSecret => _exporterSecret;

    /// <summary>Derives the keys of a complete handshake. What they come from is erased; the handshake stays the caller's.</summary>
    public static SessionKeys Derive(HandshakeState handshake)
    {
        Span<byte> material = stackalloc byte[2 * KeySize];
        Span<byte> root = stackalloc byte[KeySize];
        try
        {
            handshake.Split(material[..KeySize], material[KeySize..]);
            Hkdf.DeriveKey(handshake.Hash, material, "BerOfChat/1 root"u8, root);

            var keys = new SessionKeys(BinaryPrimitives.ReadUInt128BigEndian(handshake.Hash));
            Hkdf.DeriveKey(handshake.Hash, root, "BerOfChat/1 exporter"u8, keys._exporterSecret);
            ReadOnlySpan<byte> sending = handshake.IsInitiator ? "i2r"u8 : "r2i"u8;
            ReadOnlySpan<byte> receiving = handshake.IsInitiator ? "r2i"u8 : "i2r"u8;
            DeriveLanes(handshake.Hash, root, sending, (lane, key, iv) => keys._sealers[lane] = new RecordSealer(lane, key, iv));
            DeriveLanes(handshake.Hash, root, receiving, (lane, key, iv) => keys._openers[lane] = new RecordOpener(lane, key, iv));
            return keys;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
            CryptographicOperations.ZeroMemory(root);
        }
    }

    public RecordSealer Sealer(PeerLane lane) => _sealers[(int)lane];

    public RecordOpener Opener(PeerLane lane) => _openers[(int)lane];

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_exporterSecret);
        foreach (RecordSealer sealer in _sealers) sealer.Dispose();
        foreach (RecordOpener opener in _openers) opener.Dispose();
    }

    private static void DeriveLanes(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> root, ReadOnlySpan<byte> direction, LaneKeyAction add)
    {
        Span<byte> epoch = stackalloc byte[KeySize];
        Span<byte> output = stackalloc byte[KeySize + Aes256Gcm.NonceSize];
        Hkdf.DeriveKey(hash, root, [.. "BerOfChat/1 epoch "u8, .. direction], epoch);
        for (byte lane = 0; lane < LaneCount; lane++)
        {
            Hkdf.DeriveKey([], epoch, [.. "BerOfChat/1 rec"u8, lane], output);
            add(lane, output[..KeySize], output[KeySize..]);
        }

        CryptographicOperations.ZeroMemory(epoch);
        CryptographicOperations.ZeroMemory(output);
    }

    private delegate void LaneKeyAction(byte lane, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv);

    /// <summary>The lanes of the first version.</summary>
    public const int LaneCount = (int)PeerLane.Live + 1;

    private const int KeySize = Bytes32.Size;
}
