using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The secrets of a handshake, from the shared secret to the keys of the records. Only with the extended master secret (RFC 7627).</summary>
internal sealed class KeySchedule : IDisposable
{
    public const int VerifyDataSize = 12;
    private const int MasterSecretSize = 48;
    private const int ImplicitNonceSize = 4;
    private const int MaxHashSize = 64;

    private readonly byte[] _master = new byte[MasterSecretSize];
    private byte[] _keyBlock = [];

    public DtlsCipherSuite Suite { get; set; } = DtlsCipherSuite.Aes128;

    public byte[] ClientRandom { get; } = new byte[Hello.RandomSize];

    public byte[] ServerRandom { get; } = new byte[Hello.RandomSize];

    /// <summary>Derives the master secret and from it the keys. The transcript must end with the client's key exchange.</summary>
    public void Derive(ReadOnlySpan<byte> sharedSecret, HandshakeTranscript transcript)
    {
        Span<byte> sessionHash = stackalloc byte[MaxHashSize];
        int size = transcript.Hash(Suite.Hash, sessionHash);
        TlsPrf.Expand(Suite.Hash, sharedSecret, "extended master secret"u8, sessionHash[..size], [], _master);
        _keyBlock = new byte[2 * (Suite.KeySize + ImplicitNonceSize)];
        TlsPrf.Expand(Suite.Hash, _master, "key expansion"u8, ServerRandom, ClientRandom, _keyBlock);
    }

    /// <summary>What a Finished message says that is sent after this transcript.</summary>
    public void WriteVerifyData(bool ofClient, HandshakeTranscript transcript, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[MaxHashSize];
        int size = transcript.Hash(Suite.Hash, hash);
        TlsPrf.Expand(Suite.Hash, _master, ofClient ? "client finished"u8 : "server finished"u8, hash[..size], [], destination);
    }

    /// <summary>Cuts the key block (RFC 5246 section 6.3): client key, server key, client IV, server IV.</summary>
    public DtlsKeys CreateKeys(bool isClient, byte[] remoteCertificateSha256, ulong nextWriteSequence, IReadOnlyList<byte[]> lastFlight)
    {
        if (_keyBlock.Length == 0) throw new InvalidOperationException("There is no master secret yet.");
        int size = Suite.KeySize;
        ReadOnlySpan<byte> block = _keyBlock;
        byte[] clientKey = block[..size].ToArray(), serverKey = block.Slice(size, size).ToArray();
        byte[] clientIv = block.Slice(2 * size, ImplicitNonceSize).ToArray(), serverIv = block[^ImplicitNonceSize..].ToArray();
        return new DtlsKeys
        {
            CipherSuite = Suite.Name,
            WriteKey = isClient ? clientKey : serverKey,
            WriteIv = isClient ? clientIv : serverIv,
            ReadKey = isClient ? serverKey : clientKey,
            ReadIv = isClient ? serverIv : clientIv,
            RemoteCertificateSha256 = remoteCertificateSha256,
            NextWriteSequence = nextWriteSequence,
            LastFlight = lastFlight,
        };
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_master);
        CryptographicOperations.ZeroMemory(_keyBlock);
    }
}
