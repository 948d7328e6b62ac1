using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Dtls;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>Stands in for the DTLS handshake in virtual time, and protects nothing: four flights with the shape, the repetitions and the result of a real one, but without a key exchange or a signature. The record layer behind it is the real one.</summary>
/// <remarks>The real one works on a thread of its own. So here too, what a datagram brings is not there when it is handed over, but when the result is asked for once more.</remarks>
internal sealed class StandInForDtlsHandshake(ReadOnlyMemory<byte> certificateSha256, IRandomSource random) : IDtlsHandshake
{
    public const string CipherSuite = "STAND_IN_FOR_A_HANDSHAKE_IN_TESTS";
    private const int RandomSize = 32, FlightSize = 1 + RandomSize + 32;
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(400), s_longestPause = TimeSpan.FromSeconds(3);

    private readonly byte[] _random = new byte[RandomSize];
    private readonly Queue<byte[]> _outgoing = [];
    private readonly Queue<(byte[] Datagram, MonotonicTime At)> _incoming = [];
    private byte[] _peerRandom = [];
    private byte[] _peerCertificate = [];
    private byte[]? _flight;
    private MonotonicTime? _repeatAt;
    private TimeSpan _pause = s_firstPause;
    private DtlsKeys? _keys;
    private bool _isClient;
    private int _awaited;
    private ulong _sequence;

    public DtlsHandshakeStatus Status { get; private set; }

    public DtlsHandshakeFailure? Failure => null;

    public MonotonicTime? NextTimeout => _repeatAt;

    public void Start(bool isClient, MonotonicTime now)
    {
        random.Fill(_random);
        _isClient = isClient;
        _awaited = isClient ? 2 : 1;
        if (isClient) Say(1, now);
    }

    public void HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now) => _incoming.Enqueue((datagram.ToArray(), now));

    public void HandleTimeout(MonotonicTime now)
    {
        if (_repeatAt is not { } due || due > now) return;
        _pause = _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
        Say(_flight![0], now);
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
        while (_incoming.TryDequeue(out (byte[] Datagram, MonotonicTime At) incoming)) Work(incoming.Datagram, incoming.At);
        return keys is not null;
    }

    public void Refuse(DtlsAlert alert)
    {
    }

    public void Dispose() => _keys?.Dispose();

    private void Work(ReadOnlySpan<byte> datagram, MonotonicTime now)
    {
        while (Status == DtlsHandshakeStatus.InProgress && DtlsRecordHeader.TryRead(datagram, out DtlsRecordHeader header, out ReadOnlySpan<byte> record))
        {
            if (header is { Type: DtlsContentType.Handshake, Epoch: 0, Length: FlightSize }) HandleFlight(record[DtlsRecordHeader.Size..], now);
            datagram = datagram[record.Length..];
        }
    }

    private void HandleFlight(ReadOnlySpan<byte> flight, MonotonicTime now)
    {
        int number = flight[0];
        // The peer repeats itself, so it has not heard our answer.
        if (number == _awaited - 2 && _flight is not null) Say(_flight[0], now);
        if (number != _awaited) return;
        _peerRandom = flight.Slice(1, RandomSize).ToArray();
        _peerCertificate = flight[(1 + RandomSize)..].ToArray();
        _awaited += 2;
        _pause = s_firstPause;
        if (number < 4) Say((byte)(number + 1), now);
        if (number < 3) return;
        _repeatAt = null;
        Finish();
    }

    private void Say(byte number, MonotonicTime now)
    {
        _flight = [number, .. _random, .. certificateSha256.Span];
        byte[] datagram = new byte[DtlsRecordHeader.Size + FlightSize];
        datagram[0] = (byte)DtlsContentType.Handshake;
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(1), 0xFEFD);
        BinaryPrimitives.WriteUInt64BigEndian(datagram.AsSpan(3), _sequence++);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(11), FlightSize);
        _flight.CopyTo(datagram, DtlsRecordHeader.Size);
        _outgoing.Enqueue(datagram);
        _repeatAt = now + _pause;
    }

    private void Finish()
    {
        Status = DtlsHandshakeStatus.Completed;
        (byte[] client, byte[] server) = _isClient ? (_random, _peerRandom) : (_peerRandom, _random);
        byte[] material = HKDF.DeriveKey(HashAlgorithmName.SHA256, [.. client, .. server], 72);
        (byte[] Key, byte[] Iv) ofClient = (material[..32], material[32..36]), ofServer = (material[36..68], material[68..]);
        (byte[] Key, byte[] Iv) write = _isClient ? ofClient : ofServer, read = _isClient ? ofServer : ofClient;
        _keys = new DtlsKeys
        {
            CipherSuite = CipherSuite,
            WriteKey = write.Key,
            WriteIv = write.Iv,
            ReadKey = read.Key,
            ReadIv = read.Iv,
            RemoteCertificateSha256 = _peerCertificate,
            NextWriteSequence = 1,
            LastFlight = _isClient ? [] : [_outgoing.Last()],
        };
    }
}
