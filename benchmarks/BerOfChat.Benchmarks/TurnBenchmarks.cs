extern alias WebRtc;

using System.Net;
using BenchmarkDotNet.Attributes;
using WebRtc::BerOfChat.Primitives;
using WebRtc::BerOfChat.WebRtc;
using WebRtc::BerOfChat.WebRtc.Stun;
using WebRtc::BerOfChat.WebRtc.Turn;

namespace BerOfChat.Benchmarks;

/// <summary>What a relay costs each datagram of 1,200 bytes: on a channel, and as an indication before there is one (RFC 8656 sections 11 and 12).</summary>
public class TurnBenchmarks : IDisposable
{
    private const int DataLength = 1200;
    private static readonly TransportAddress s_bound = TransportAddress.From(IPAddress.Parse("192.0.2.1"), 6000), s_permitted = s_bound with { Port = 6001 };
    private readonly TurnClient _client = new(new TurnClientOptions { Username = "alice", Password = "wonderland" }, CryptographicRandomSource.Instance);
    private readonly byte[] _packet = new byte[1400];
    private readonly byte[] _channelData;
    private readonly byte[] _indication;

    public TurnBenchmarks()
    {
        // A server that asks nobody who he is, and grants everything.
        _client.Allocate(MonotonicTime.Zero);
        GrantAll();
        _client.Bind(s_bound, MonotonicTime.Zero);
        GrantAll();
        _channelData = _packet[..SealOnChannel()];
        _indication = new byte[DataLength + 100];
        StunTransactionId id = StunTransactionId.Read("0123456789ab"u8);
        StunWriter writer = new(_indication, StunMessageType.DataIndication, id);
        XorAddress.Write(ref writer, StunAttributeType.XorPeerAddress, s_permitted, id);
        writer.Write(StunAttributeType.Data, new byte[DataLength]);
        _indication = _indication[..writer.FinishAround(StunAttributeType.Software, 0)];
    }

    [Benchmark]
    public int SealOnChannel() => _client.Seal(_packet, s_bound, DataLength);

    [Benchmark]
    public bool OpenFromChannel() => _client.TryHandlePacket(_channelData, MonotonicTime.Zero, out _, out _, out _);

    [Benchmark]
    public int SealAsIndication() => _client.Seal(_packet, s_permitted, DataLength);

    [Benchmark]
    public bool OpenIndication() => _client.TryHandlePacket(_indication, MonotonicTime.Zero, out _, out _, out _);

    [GlobalCleanup]
    public void Dispose()
    {
        _client.Dispose();
        GC.SuppressFinalize(this);
    }

    private void GrantAll()
    {
        byte[] answer = new byte[256];
        while (_client.WritePacket(_packet) is > 0 and int length)
        {
            if (!StunMessage.TryParse(_packet.AsSpan(0, length), out StunMessage request)) throw new InvalidOperationException("There is no request.");
            StunWriter writer = new(answer, request.Type.Success(), request.TransactionId);
            XorAddress.Write(ref writer, StunAttributeType.XorRelayedAddress, s_bound, request.TransactionId);
            _client.TryHandlePacket(answer.AsSpan(0, writer.Finish([])), MonotonicTime.Zero, out _, out _, out _);
        }
    }
}
