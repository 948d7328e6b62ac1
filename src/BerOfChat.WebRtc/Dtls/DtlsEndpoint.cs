using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>One side of a DTLS 1.2 connection: handshake, then records of ours. Nothing is delivered before the peer's certificate has the fingerprint of its description.</summary>
internal sealed class DtlsEndpoint(IDtlsHandshake handshake) : IDisposable
{
    private const int MaxEarlyBytes = 64 * 1024;
    private const int InitialBufferSize = 2048;
    private const byte WarningLevel = 1;
    private const byte FinishedMessage = 20;
    private const byte FirstRefusal = 40, LastRefusal = 49;
    private static readonly TimeSpan s_handshakeTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_flightPause = TimeSpan.FromMilliseconds(200);

    private readonly Queue<byte[]> _early = [];
    private readonly Queue<byte[]> _outgoing = [];
    private readonly Queue<DtlsEvent> _events = [];
    private byte[] _plaintext = new byte[InitialBufferSize];
    private byte[] _expectedFingerprint = [];
    private IReadOnlyList<byte[]> _lastFlight = [];
    // Gone as soon as it has succeeded, with its secrets.
    private IDtlsHandshake? _handshake = handshake;
    private DtlsRecordLayer? _records;
    private MonotonicTime? _deadline;
    private MonotonicTime _nextFlight;
    private byte[] _datagram = [];
    private ReadOnlyMemory<byte> _pending;
    private int _earlyBytes;
    private int _plaintextLength = -1;

    public DtlsState State { get; private set; }

    public string? CipherSuite { get; private set; }

    /// <summary>SHA-256 of the certificate that the peer has proven to hold; empty before that.</summary>
    public ReadOnlyMemory<byte> RemoteCertificateSha256 { get; private set; }

    /// <summary>Datagrams dropped before a connection was there, because there were too many.</summary>
    public long Dropped { get; private set; }

    public MonotonicTime? NextTimeout => State == DtlsState.Connecting ? MonotonicTime.Earliest(_deadline, _handshake!.NextTimeout) : null;

    /// <summary>Begins the handshake. Datagrams that came before are handled now.</summary>
    public void Start(bool isClient, ReadOnlySpan<byte> remoteFingerprintSha256, MonotonicTime now)
    {
        if (State != DtlsState.New) throw new InvalidOperationException("The handshake has begun already.");
        _expectedFingerprint = remoteFingerprintSha256.ToArray();
        State = DtlsState.Connecting;
        _deadline = now + s_handshakeTimeout;
        _handshake!.Start(isClient, now);
        byte[][] early = [.. _early];
        _early.Clear();
        _earlyBytes = 0;
        foreach (byte[] datagram in early) HandleDatagram(datagram, now);
    }

    /// <summary>Handles a datagram. Read all application data before the next one is handled: it stays in place until then.</summary>
    public void HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        switch (State)
        {
            case DtlsState.New:
                KeepEarly(datagram);
                break;
            case DtlsState.Connecting:
                HandleDuringHandshake(datagram, now);
                break;
            case DtlsState.Connected:
                KeepRest(HandleRecords(datagram, now));
                break;
        }
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (State != DtlsState.Connecting) return;
        _handshake!.HandleTimeout(now);
        TakeResult(now);
        if (State == DtlsState.Connecting && _deadline <= now) Fail(new DtlsFailure(DtlsFailureKind.Timeout), "The DTLS handshake did not end in time.", isRefusal: true);
    }

    /// <summary>Writes the next datagram of the handshake or an alert; 0 when there is none.</summary>
    public int WriteDatagram(Span<byte> destination, MonotonicTime now)
    {
        if (State == DtlsState.Connecting) TakeResult(now);
        if (_outgoing.TryDequeue(out byte[]? datagram))
        {
            datagram.CopyTo(destination);
            return datagram.Length;
        }

        return State is DtlsState.Connecting or DtlsState.Failed && _handshake is { } unfinished ? unfinished.WriteDatagram(destination) : 0;
    }

    /// <summary>Seals one packet of application data; returns the datagram's length.</summary>
    public int Seal(ReadOnlySpan<byte> packet, Span<byte> destination)
    {
        if (State != DtlsState.Connected) throw new InvalidOperationException("The DTLS connection is not up.");
        return _records!.Seal(DtlsContentType.ApplicationData, packet, destination);
    }

    /// <summary>The next packet of application data; valid until the next call.</summary>
    public bool TryReadApplicationData(MonotonicTime now, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (_plaintextLength < 0) HandlePending(now);
        while (_plaintextLength < 0 && State == DtlsState.Connected && _early.TryDequeue(out byte[]? early))
        {
            _pending = early;
            HandlePending(now);
        }

        if (_plaintextLength < 0) return false;
        data = _plaintext.AsSpan(0, _plaintextLength);
        _plaintextLength = -1;
        return true;
    }

    public bool TryReadEvent(out DtlsEvent result) => _events.TryDequeue(out result);

    /// <summary>Ends the connection; the peer is told.</summary>
    public void Close()
    {
        if (State == DtlsState.Connected) SendWarning(DtlsAlert.CloseNotify);
        State = DtlsState.Closed;
    }

    public void Dispose()
    {
        State = DtlsState.Closed;
        _handshake?.Dispose();
        _records?.Dispose();
        CryptographicOperations.ZeroMemory(_plaintext);
    }

    private void HandleDuringHandshake(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        while (State == DtlsState.Connecting && DtlsRecordHeader.TryRead(datagram, out DtlsRecordHeader header, out ReadOnlySpan<byte> record))
        {
            datagram = datagram[record.Length..];
            // Application data may overtake the last flight: it waits until the keys are there, and the handshake never sees it.
            if (header.Type == DtlsContentType.ApplicationData)
            {
                KeepEarly(record);
                continue;
            }

            _handshake!.HandleDatagram(record, now);
            TakeResult(now);
        }

        if (State == DtlsState.Connected && !datagram.IsEmpty) HandleDatagram(datagram, now);
    }

    // Most datagrams have one record only, which is opened from where it is.
    private void KeepRest(ReadOnlySpan<byte> rest)
    {
        if (_datagram.Length < rest.Length) _datagram = new byte[Math.Max(rest.Length, InitialBufferSize)];
        rest.CopyTo(_datagram);
        _pending = _datagram.AsMemory(0, rest.Length);
    }

    private void HandlePending(MonotonicTime now)
    {
        if (!_pending.IsEmpty) _pending = _pending[^HandleRecords(_pending.Span, now).Length..];
    }

    /// <summary>Handles records until one has application data; returns what is left.</summary>
    private ReadOnlySpan<byte> HandleRecords(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        while (_plaintextLength < 0 && State == DtlsState.Connected && DtlsRecordHeader.TryRead(datagram, out DtlsRecordHeader header, out ReadOnlySpan<byte> record))
        {
            datagram = datagram[record.Length..];
            HandleRecord(header, record, now);
        }

        return datagram;
    }

    private void HandleRecord(DtlsRecordHeader header, ReadOnlySpan<byte> record, MonotonicTime now)
    {
        if (header.Epoch == 0)
        {
            // The peer repeats its last flight, so it has not seen ours.
            if (header.Type == DtlsContentType.Handshake) RepeatLastFlight(now);
            return;
        }

        if (_plaintext.Length < record.Length) GrowPlaintext(record.Length);
        if (!_records!.TryOpen(header, record, _plaintext, out int length)) return;
        if (header.Type == DtlsContentType.ApplicationData)
        {
            _plaintextLength = length;
        }
        else if (header.Type == DtlsContentType.Alert && length == 2)
        {
            HandleAlert(_plaintext[0], _plaintext[1]);
        }
        else if (header.Type == DtlsContentType.Handshake && length > 0)
        {
            HandleLateHandshake(_plaintext[0], now);
        }
    }

    private void GrowPlaintext(int size)
    {
        CryptographicOperations.ZeroMemory(_plaintext);
        _plaintext = new byte[size];
    }

    private void HandleAlert(byte level, byte description)
    {
        if (description == (byte)DtlsAlert.CloseNotify)
        {
            State = DtlsState.Closed;
            _events.Enqueue(new DtlsEvent(DtlsEventKind.Closed));
        }
        else if (level != WarningLevel)
        {
            bool isRefusal = description is >= FirstRefusal and <= LastRefusal;
            Fail(new DtlsFailure(DtlsFailureKind.Alert, (DtlsAlert)description, IsFromPeer: true), isRefusal ? $"The peer has refused the connection (DTLS alert {description})." : $"The peer has ended the encryption (DTLS alert {description}).", isRefusal);
        }
    }

    private void SendWarning(DtlsAlert warning)
    {
        byte[] alert = new byte[DtlsRecordLayer.Overhead + 2];
        _records!.Seal(DtlsContentType.Alert, [WarningLevel, (byte)warning], alert);
        _outgoing.Enqueue(alert);
    }

    private void HandleLateHandshake(byte type, MonotonicTime now)
    {
        if (type == FinishedMessage)
        {
            RepeatLastFlight(now);
        }
        else if (MayAnswer(now))
        {
            // Nothing is negotiated anew (RFC 5746 section 4.4): keys and certificates stay those that were checked.
            SendWarning(DtlsAlert.NoRenegotiation);
        }
    }

    private void RepeatLastFlight(MonotonicTime now)
    {
        if (_lastFlight.Count == 0 || !MayAnswer(now)) return;
        foreach (byte[] datagram in _lastFlight) _outgoing.Enqueue(datagram);
    }

    private bool MayAnswer(MonotonicTime now)
    {
        if (now < _nextFlight) return false;
        _nextFlight = now + s_flightPause;
        return true;
    }

    private void TakeResult(MonotonicTime now)
    {
        if (_handshake!.Status == DtlsHandshakeStatus.Failed)
        {
            DtlsFailure failure = new(DtlsFailureKind.Handshake, _handshake.Failure?.Alert, _handshake.Failure?.IsFromPeer ?? false);
            Fail(failure, Describe(_handshake.Failure), isRefusal: true);
            return;
        }

        if (!_handshake.TryTakeKeys(out DtlsKeys? keys)) return;
        using (keys)
        {
            if (!CryptographicOperations.FixedTimeEquals(keys!.RemoteCertificateSha256, _expectedFingerprint))
            {
                _handshake.Refuse(DtlsAlert.BadCertificate);
                Fail(new DtlsFailure(DtlsFailureKind.CertificateMismatch), "The peer's certificate is not the one that its description names.", isRefusal: true);
                return;
            }

            _records = new DtlsRecordLayer(keys);
            _lastFlight = keys.LastFlight;
            CipherSuite = keys.CipherSuite;
            RemoteCertificateSha256 = keys.RemoteCertificateSha256;
        }

        while (_handshake.WriteDatagram(_plaintext) is > 0 and int length) _outgoing.Enqueue(_plaintext[..length]);
        _handshake.Dispose();
        _handshake = null;
        State = DtlsState.Connected;
        _nextFlight = now + s_flightPause;
        _events.Enqueue(new DtlsEvent(DtlsEventKind.Connected));
    }

    private void KeepEarly(ReadOnlySpan<byte> datagram)
    {
        if (_earlyBytes + datagram.Length > MaxEarlyBytes)
        {
            Dropped++;
            return;
        }

        _earlyBytes += datagram.Length;
        _early.Enqueue(datagram.ToArray());
    }

    private static string Describe(DtlsHandshakeFailure? failure) => failure switch
    {
        { IsFromPeer: true } f => $"The peer has refused the connection (DTLS alert {(byte)f.Alert}).",
        { } f => $"The DTLS handshake failed: the peer's part is not acceptable (DTLS alert {(byte)f.Alert}).",
        null => "The DTLS handshake failed.",
    };

    private void Fail(DtlsFailure failure, string reason, bool isRefusal)
    {
        State = DtlsState.Failed;
        _events.Enqueue(new DtlsEvent(DtlsEventKind.Failed, reason, isRefusal, failure));
    }
}

/// <summary>The states of a DTLS connection (W3C RTCDtlsTransportState).</summary>
internal enum DtlsState
{
    New,
    Connecting,
    Connected,
    Closed,
    Failed,
}
