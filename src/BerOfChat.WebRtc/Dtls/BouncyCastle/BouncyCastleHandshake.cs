using System.Security.Cryptography;
using BerOfChat.Primitives;
using Org.BouncyCastle.Tls;

namespace BerOfChat.WebRtc.Dtls.BouncyCastle;

/// <summary>A handshake made by BouncyCastle on a thread of the small pool. It keeps the wall clock's time: tests in virtual time use a stand-in.</summary>
/// <param name="certificate">Ours; it must live until the handshake has ended.</param>
/// <param name="wake">Called from the handshake's thread when there is something to send, or a result.</param>
internal sealed class BouncyCastleHandshake(DtlsCertificate certificate, Action wake) : IDtlsHandshake
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

    public MonotonicTime? NextTimeout => null;

    public void Start(bool isClient, MonotonicTime now) => HandshakeThreads.Run(() => Run(isClient));

    public void HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now) => _transport.Post(datagram);

    public void HandleTimeout(MonotonicTime now)
    {
    }

    public int WriteDatagram(Span<byte> destination) => _transport.Take(destination);

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
        catch (Exception)
        {
            // Whatever the library threw over hostile bytes, the connection only needs to know that there will be no keys; the alert is already on its way.
            // Nothing may escape: on this thread it would end the process.
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
        HandshakeProfile profile = new(crypto, certificate);
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
