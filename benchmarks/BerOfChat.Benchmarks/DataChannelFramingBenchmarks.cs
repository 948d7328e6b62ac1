extern alias WebRtc;

using BenchmarkDotNet.Attributes;
using WebRtc::BerOfChat.Primitives;
using WebRtc::BerOfChat.WebRtc;
using WebRtc::BerOfChat.WebRtc.DataChannels;
using WebRtc::BerOfChat.WebRtc.Dtls;
using WebRtc::BerOfChat.WebRtc.Dtls.Handshake;
using WebRtc::BerOfChat.WebRtc.Sctp;

namespace BerOfChat.Benchmarks;

/// <summary>What a packet of a data channel costs in each layer, in memory: SCTP packet, DTLS record, and a message through two whole SCTP cores.</summary>
public class DataChannelFramingBenchmarks : IDisposable
{
    private const int MessageSize = 65_536;

    private readonly byte[] _payload = new byte[SctpLimits.MaxFragmentSize];
    private readonly byte[] _message = new byte[MessageSize];
    private readonly byte[] _packet = new byte[SctpLimits.MaxPacketSize];
    private readonly byte[] _record = new byte[2 * SctpLimits.MaxPacketSize];
    private readonly byte[] _opened = new byte[2 * SctpLimits.MaxPacketSize];
    private readonly DataChannelEndpoint _near = new(CryptographicRandomSource.Instance);
    private readonly DataChannelEndpoint _far = new(CryptographicRandomSource.Instance);
    private readonly int _channel;
    private readonly DtlsRecordLayer _sealer = new(Keys(DtlsCipherSuite.Aes256));
    private readonly DtlsRecordLayer _opener = new(Keys(DtlsCipherSuite.Aes256));
    private readonly DtlsRecordLayer _browserSealer = new(Keys(DtlsCipherSuite.Aes128));
    private readonly DtlsRecordLayer _browserOpener = new(Keys(DtlsCipherSuite.Aes128));
    private readonly int _packetSize;
    private MonotonicTime _now;

    public DataChannelFramingBenchmarks()
    {
        _packetSize = WriteSctpPacket();
        _channel = _near.Open("benchmark", "", ChannelReliability.Reliable, negotiatedId: 0);
        _far.Open("benchmark", "", ChannelReliability.Reliable, negotiatedId: 0);
        _near.Connect(isDtlsClient: true, MessageSize, SctpLimits.Port, _now);
        _far.Connect(isDtlsClient: false, MessageSize, SctpLimits.Port, _now);
        while (!_near.IsConnected || !_far.IsConnected) Exchange();
        Exchange();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _sealer.Dispose();
        _opener.Dispose();
        _browserSealer.Dispose();
        _browserOpener.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A full packet with one DATA chunk: header, chunk, CRC32c.</summary>
    [Benchmark]
    public int WriteSctpPacket()
    {
        PacketWriter writer = new(_packet, 1);
        writer.BeginChunk(ChunkType.Data, (byte)(DataFlags.Begin | DataFlags.End));
        writer.WriteUInt32(7);
        writer.WriteUInt16(0);
        writer.WriteUInt16(7);
        writer.WriteUInt32(53);
        writer.WriteBytes(_payload);
        writer.EndChunk();
        return writer.Finish();
    }

    [Benchmark]
    public uint ParseSctpPacket()
    {
        if (!SctpPacket.TryParse(_packet.AsSpan(0, _packetSize), acceptsZeroChecksum: false, out _, out ReadOnlySpan<byte> chunks)) throw new InvalidOperationException("The packet did not parse.");
        ChunkReader reader = new(chunks);
        uint tsn = 0;
        while (reader.TryRead(out Chunk chunk) && DataChunk.TryParse(chunk, out DataChunk data)) tsn = data.Tsn;
        return tsn;
    }

    /// <summary>A DTLS record around a full packet: AES-256-GCM, as between two of ours.</summary>
    [Benchmark]
    public int SealDtlsRecord() => Seal(_sealer);

    /// <summary>A record opens once, so it is sealed first; take <see cref="SealDtlsRecord"/> off to get the opening.</summary>
    [Benchmark]
    public int SealAndOpenDtlsRecord() => SealAndOpen(_sealer, _opener);

    /// <summary>The same with AES-128-GCM, as with a browser.</summary>
    [Benchmark]
    public int SealDtlsRecordForBrowser() => Seal(_browserSealer);

    [Benchmark]
    public int SealAndOpenDtlsRecordOfBrowser() => SealAndOpen(_browserSealer, _browserOpener);

    /// <summary>64 KiB through two SCTP cores with their acknowledgements, without DTLS and sockets.</summary>
    [Benchmark]
    public int SendMessageThroughTwoCores()
    {
        if (_near.Send(_channel, DataChannelMessageKind.Binary, _message, _now) != DataChannelSendStatus.Accepted) throw new InvalidOperationException("The message was not accepted.");
        int received = 0;
        while (received < MessageSize) received += Exchange();
        return received;
    }

    // Packets go back and forth until both are silent; time moves only when a timer is all that is left.
    private int Exchange()
    {
        int received = 0;
        bool isBusy = true;
        while (isBusy)
        {
            isBusy = Carry(_near, _far) | Carry(_far, _near);
            while (_far.TryReadMessage(out ReceivedMessage message))
            {
                received += message.Payload.Length;
                _far.Consume(message.Charge);
                message.Payload.Release();
            }
        }

        while (_near.TryReadEvent(out _) || _far.TryReadEvent(out _))
        {
            // Openings; nothing to do.
        }

        if (received == 0 && MonotonicTime.Earliest(_near.NextTimeout, _far.NextTimeout) is { } due && due > _now)
        {
            _now = due;
            _near.HandleTimeout(_now);
            _far.HandleTimeout(_now);
        }

        return received;
    }

    private bool Carry(DataChannelEndpoint from, DataChannelEndpoint to)
    {
        bool any = false;
        while (from.WritePacket(_record, _now) is > 0 and int length)
        {
            to.HandlePacket(_record.AsSpan(0, length), _now);
            any = true;
        }

        return any;
    }

    private int Seal(DtlsRecordLayer sealer) => sealer.Seal(DtlsContentType.ApplicationData, _packet.AsSpan(0, _packetSize), _record);

    private int SealAndOpen(DtlsRecordLayer sealer, DtlsRecordLayer opener)
    {
        int size = Seal(sealer);
        if (!DtlsRecordHeader.TryRead(_record.AsSpan(0, size), out DtlsRecordHeader header, out ReadOnlySpan<byte> record) || !opener.TryOpen(header, record, _opened, out int length))
            throw new InvalidOperationException("The record did not open.");
        return length;
    }

    private static DtlsKeys Keys(DtlsCipherSuite suite) => new()
    {
        CipherSuite = suite.Name,
        WriteKey = new byte[suite.KeySize],
        WriteIv = new byte[4],
        ReadKey = new byte[suite.KeySize],
        ReadIv = new byte[4],
        RemoteCertificateSha256 = new byte[32],
        NextWriteSequence = 1,
        LastFlight = [],
    };
}
