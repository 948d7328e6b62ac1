using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>A DTLS 1.2 handshake (RFC 6347) as data channels need it: ECDHE with ECDSA, AES-GCM, extended master secret, certificates on both sides; no resumption, no renegotiation, nothing older.</summary>
/// <remarks>
/// Owns records, pieces and repetition; what is said is the role's. Everything that is not authentic and makes no sense is dropped and counted. A complete message that makes no sense ends the handshake.
/// </remarks>
/// <param name="certificate">Ours; it must live as long as the handshake.</param>
/// <param name="random">Fills hellos and X25519 keys. Signatures and P-256 keys take their randomness from the framework.</param>
internal sealed class DtlsHandshake(DtlsCertificate certificate, IRandomSource random) : IDtlsHandshake
{
    private const int AlertSize = 2;
    private const byte FatalLevel = 2;

    private readonly HandshakeReassembler _reassembler = new();
    private readonly Queue<byte[]> _early = [];
    private readonly Queue<byte[]> _outgoing = [];
    private readonly byte[] _plaintext = new byte[HandshakeLimits.MaxEarlyRecordSize];
    private HandshakeContext? _context;
    private HandshakeRole? _role;
    private RecordPacker? _packer;
    private DtlsKeys? _keys;
    private MonotonicTime? _repeatAt;
    private MonotonicTime _sentAt;
    private TimeSpan _pause = HandshakeLimits.FirstPause;
    private bool _wasRepeated;
    private bool _hasSealed;
    private int _answered = -1;

    /// <summary>What a datagram of ours may have, in bytes.</summary>
    public int MaxDatagramSize { get; init; } = HandshakeLimits.MaxDatagramSize;

    public DtlsHandshakeStatus Status { get; private set; }

    public DtlsHandshakeFailure? Failure { get; private set; }

    /// <summary>Records and pieces dropped: malformed, too large, too early, or not authentic.</summary>
    public long Dropped { get; private set; }

    /// <summary>How often a flight was sent again.</summary>
    public long Repeated { get; private set; }

    public MonotonicTime? NextTimeout => Status == DtlsHandshakeStatus.InProgress ? _repeatAt : null;

    public void Start(bool isClient, MonotonicTime now)
    {
        if (_context is not null) throw new InvalidOperationException("The handshake has begun already.");
        _context = new HandshakeContext(certificate, random, isClient);
        _role = isClient ? new ClientRole(_context) : new ServerRole(_context);
        _packer = new RecordPacker(MaxDatagramSize);
        _role.Start();
        SendNewFlight(now);
    }

    public void HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        if (_context is null) throw new InvalidOperationException("The handshake has not begun.");
        while (Status == DtlsHandshakeStatus.InProgress && DtlsRecordHeader.TryRead(datagram, out DtlsRecordHeader header, out ReadOnlySpan<byte> record))
        {
            HandleRecord(header, record, now);
            datagram = datagram[record.Length..];
        }
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (NextTimeout is not { } due || due > now) return;
        TimeSpan doubled = 2 * _pause;
        _pause = doubled < HandshakeLimits.LongestPause ? doubled : HandshakeLimits.LongestPause;
        Repeat(now);
    }

    public int WriteDatagram(Span<byte> destination)
    {
        if (!_outgoing.TryDequeue(out byte[]? datagram)) return 0;
        datagram.CopyTo(destination);
        return datagram.Length;
    }

    public bool TryTakeKeys(out DtlsKeys? keys)
    {
        keys = _keys;
        _keys = null;
        return keys is not null;
    }

    public void Refuse(DtlsAlert alert)
    {
        // A server has one flight more to send, without which its client neither believes to be connected nor reads what is sealed.
        _outgoing.Clear();
        _hasSealed = _role is ClientRole;
        SendAlert(alert);
    }

    public void Dispose()
    {
        _role?.Dispose();
        _context?.Dispose();
        _keys?.Dispose();
        _keys = null;
    }

    private void HandleRecord(DtlsRecordHeader header, ReadOnlySpan<byte> record, MonotonicTime now)
    {
        if (header.Epoch == 0)
        {
            HandleContent(header, record[DtlsRecordHeader.Size..], now);
        }
        else if (header.Epoch == 1 && _context!.Records is { } records)
        {
            if (records.TryOpen(header, record, _plaintext, out int length)) HandleContent(header, _plaintext.AsSpan(0, length), now);
            else Dropped++;
        }
        else if (header is { Epoch: 1, Type: DtlsContentType.Handshake } && record.Length <= HandshakeLimits.MaxEarlyRecordSize && _early.Count < HandshakeLimits.MaxEarlyRecords)
        {
            _early.Enqueue(record.ToArray());
        }
        else
        {
            Dropped++;
        }
    }

    private void HandleContent(DtlsRecordHeader header, ReadOnlySpan<byte> content, MonotonicTime now)
    {
        switch (header.Type)
        {
            case DtlsContentType.Handshake:
                HandleFragments(content, header.Epoch == 1, now);
                break;
            case DtlsContentType.Alert when content.Length == AlertSize:
                if (content[0] == FatalLevel || content[1] == (byte)DtlsAlert.CloseNotify) Fail((DtlsAlert)content[1], isFromPeer: true);
                break;
            case DtlsContentType.ChangeCipherSpec when content is [1]:
                // The epoch of a record says the same, and cannot be lost.
                break;
            default:
                Dropped++;
                break;
        }
    }

    private void HandleFragments(ReadOnlySpan<byte> content, bool isSealed, MonotonicTime now)
    {
        while (!content.IsEmpty && Status == DtlsHandshakeStatus.InProgress)
        {
            // Finished comes sealed and nothing else does: so nobody negotiates anew in here.
            if (!HandshakeFragment.TryRead(ref content, out HandshakeFragment fragment) || isSealed != (fragment.Type == HandshakeType.Finished))
            {
                Dropped++;
                return;
            }

            if (fragment.Sequence < _reassembler.NextSequence) HandleRepetition(fragment, now);
            else if (_reassembler.TryAdd(fragment)) HandleMessages(now);
            else Dropped++;
        }
    }

    // The last message of the flight that ours answers: the peer has not heard our answer.
    private void HandleRepetition(HandshakeFragment fragment, MonotonicTime now)
    {
        if (fragment.Sequence == _answered && fragment.IsLast && now - _sentAt >= HandshakeLimits.AnswerPause) Repeat(now);
    }

    private void HandleMessages(MonotonicTime now)
    {
        while (Status == DtlsHandshakeStatus.InProgress && _reassembler.TryTake() is { } message)
        {
            if (_role!.Handle((HandshakeType)message[0], message) is { } alert)
            {
                SendAlert(alert);
                Fail(alert, isFromPeer: false);
                return;
            }

            if (_context!.Flight.IsNew) SendNewFlight(now);
            if (_context.IsComplete) Complete();
            else if (_context.Records is not null) HandleEarly(now);
        }
    }

    private void HandleEarly(MonotonicTime now)
    {
        while (_early.TryDequeue(out byte[]? record)) HandleDatagram(record, now);
    }

    private void SendNewFlight(MonotonicTime now)
    {
        if (!_wasRepeated) _pause = HandshakeLimits.FirstPause;
        _wasRepeated = false;
        _answered = _reassembler.NextSequence - 1;
        if (_context!.Flight.IsNew) Send(now);
    }

    private void Repeat(MonotonicTime now)
    {
        _wasRepeated = true;
        Repeated++;
        Send(now);
    }

    private void Send(MonotonicTime now)
    {
        HandshakeFlight flight = _context!.Flight;
        // What has not left yet is in here too.
        _outgoing.Clear();
        flight.WriteTo(_packer!, _context.Records);
        _hasSealed |= flight.IsSealed;
        foreach (byte[] datagram in _packer!.Take()) _outgoing.Enqueue(datagram);
        _sentAt = now;
        _repeatAt = now + _pause;
    }

    private void Complete()
    {
        Status = DtlsHandshakeStatus.Completed;
        _repeatAt = null;
        // The server speaks last; its client's last flight has been answered.
        byte[][] lastFlight = _role is ServerRole ? [.. _outgoing] : [];
        _keys = _context!.Keys.CreateKeys(_role is ClientRole, _context.Peer!.Sha256, _context.Records!.NextWriteSequence, lastFlight);
    }

    private void Fail(DtlsAlert alert, bool isFromPeer)
    {
        Status = DtlsHandshakeStatus.Failed;
        Failure = new DtlsHandshakeFailure(alert, isFromPeer);
        _repeatAt = null;
        if (isFromPeer) _outgoing.Clear();
    }

    private void SendAlert(DtlsAlert alert)
    {
        if (_packer is null) return;
        // Who has sealed nothing yet is understood only in the clear.
        _packer.Add(DtlsContentType.Alert, [FatalLevel, (byte)alert], _hasSealed ? _context!.Records : null);
        foreach (byte[] datagram in _packer.Take()) _outgoing.Enqueue(datagram);
    }
}
