using System.Security.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Dtls;
using Org.BouncyCastle.Tls;

namespace BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;

/// <summary>A handshake made by BouncyCastle, which somebody else wrote: the counterpart of ours. Its API blocks, so it has a thread, and it keeps the wall clock's time.</summary>
/// <param name="certificate">Its own; it must live until the handshake has ended.</param>
/// <param name="offer">What it offers and accepts.</param>
/// <param name="wake">Called from the handshake's thread when there is something to send, or a result.</param>
internal sealed class BouncyCastleHandshake(DtlsCertificate certificate, HandshakeOffer offer, Action wake) : IDtlsHandshake
{
    private readonly HandshakeTransport _transport = new(wake);
    private readonly Lock _gate = new();
    private DtlsKeys? _keys;
    private DtlsHandshakeStatus _status;
    private bool _isDisposed;

    public DtlsHandshakeStatus Status
    {
        get
        {
            lock (_gate) return _status;
        }
    }

    public DtlsHandshakeFailure? Failure => null;

    /// <summary>What the library threw, once it has.</summary>
    public Exception? Thrown { get; private set; }

    public MonotonicTime? NextTimeout => null;

    public void Start(bool isClient, MonotonicTime now) => new Thread(() => Run(isClient)) { IsBackground = true, Name = "BouncyCastle" }.Start();

    public void HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now) => _transport.Post(datagram);

    public void HandleTimeout(MonotonicTime now)
    {
    }

    public int WriteDatagram(Span<byte> destination) => _transport.Take(destination);

    public void Refuse(DtlsAlert alert)
    {
    }

    public bool TryTakeKeys(out DtlsKeys? keys)
    {
        lock (_gate)
        {
            keys = _keys;
            _keys = null;
            return keys is not null;
        }
    }

    public void Dispose()
    {
        _transport.Close();
        lock (_gate)
        {
            _isDisposed = true;
            _keys?.Dispose();
            _keys = null;
        }
    }

    private void Run(bool isClient)
    {
        DtlsKeys? keys = null;
        try
        {
            keys = Shake(isClient);
        }
        catch (Exception e)
        {
            // On this thread it would end the process.
            Thrown = e;
        }

        _transport.Flush();
        lock (_gate)
        {
            _status = keys is null ? DtlsHandshakeStatus.Failed : DtlsHandshakeStatus.Completed;
            if (_isDisposed) keys?.Dispose();
            else _keys = keys;
        }

        wake();
    }

    private DtlsKeys Shake(bool isClient)
    {
        using KeyCapture crypto = new();
        HandshakeProfile profile = new(crypto, certificate, offer);
        int cipherSuite;
        if (isClient)
        {
            HandshakeClient client = new(profile);
            new DtlsClientProtocol().Connect(client, _transport);
            cipherSuite = client.SelectedCipherSuite;
        }
        else
        {
            HandshakeServer server = new(profile);
            new DtlsServerProtocol().Accept(server, _transport);
            cipherSuite = server.SelectedCipherSuite;
        }

        _transport.Flush();
        (byte[] writeKey, byte[] writeIv, byte[] readKey, byte[] readIv) = crypto.Cut(isClient);
        return new DtlsKeys
        {
            CipherSuite = HandshakeProfile.NameOf(cipherSuite),
            WriteKey = writeKey,
            WriteIv = writeIv,
            ReadKey = readKey,
            ReadIv = readIv,
            RemoteCertificateSha256 = SHA256.HashData(profile.RemoteCertificate ?? []),
            NextWriteSequence = crypto.NextWriteSequence,
            LastFlight = isClient ? [] : _transport.LastFlight,
        };
    }
}
