using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>What other stacks may do with data and acknowledgements, and ours does not.</summary>
public sealed class DeliveryTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly EndpointPair _pair = new(seed: 6);

    public DeliveryTests()
    {
        _pair.ConnectWithChannel(s_patience);
    }

    [Fact]
    public void A_message_behind_an_abandoned_one_is_delivered()
    {
        uint tsn = _pair.A.Association.Sender.LastAssignedTsn;
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(tsn + 2, 0, 1, PayloadProtocol.Text, "second"u8), flags: 3);
        Assert.Empty(_pair.ReceivedByB);
        SctpPackets.Give(_pair, _pair.B, ChunkType.ForwardTsn, SctpPackets.Words(tsn + 2, 0));
        _pair.Drain();
        Assert.True(Assert.Single(_pair.ReceivedByB).Payload.Span.SequenceEqual("second"u8));
        Assert.Equal(SctpLimits.ReceiveWindow, _pair.B.Association.ReceiveWindow);
    }

    [Fact]
    public void The_fragments_of_an_abandoned_message_are_forgotten()
    {
        uint tsn = _pair.A.Association.Sender.LastAssignedTsn;
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(tsn + 1, 0, 0, PayloadProtocol.Text, "half of"u8), flags: 2);
        SctpPackets.Give(_pair, _pair.B, ChunkType.ForwardTsn, SctpPackets.Words(tsn + 2, 0));
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data(tsn + 3, 0, 1, PayloadProtocol.Text, "whole"u8), flags: 3);
        _pair.Drain();
        Assert.True(Assert.Single(_pair.ReceivedByB).Payload.Span.SequenceEqual("whole"u8));
        Assert.Equal(SctpLimits.ReceiveWindow, _pair.B.Association.ReceiveWindow);
    }

    [Fact]
    public void Gap_blocks_in_any_order_are_believed()
    {
        uint tsn = SendThree();
        SctpPackets.Give(_pair, _pair.A, ChunkType.Sack, [.. SctpPackets.Words(tsn, 1_000_000), 0, 2, 0, 0, 0, 3, 0, 3, 0, 2, 0, 2]);
        Assert.Equal(1000, _pair.A.Association.Sender.UnacknowledgedBytes);
    }

    [Fact]
    public void What_the_peer_had_reported_and_has_thrown_away_is_sent_again()
    {
        uint tsn = SendThree();
        SctpPackets.Give(_pair, _pair.A, ChunkType.Sack, [.. SctpPackets.Words(tsn, 1_000_000), 0, 1, 0, 0, 0, 2, 0, 3]);
        Assert.Equal(1000, _pair.A.Association.Sender.UnacknowledgedBytes);
        SctpPackets.Give(_pair, _pair.A, ChunkType.Sack, [.. SctpPackets.Words(tsn, 1_000_000), 0, 0, 0, 0]);
        Assert.True(_pair.RunUntil(() => _pair.ReceivedByB.Count == 3, s_patience), $"{_pair.ReceivedByB.Count} of 3 arrived");
    }

    [Fact]
    public void A_message_larger_than_any_may_be_is_refused_and_a_full_queue_says_so()
    {
        EndpointPair pair = new(seed: 7);
        int channel = pair.A.Open("boc", "", isOrdered: true, negotiatedId: 0);
        pair.A.Connect(isDtlsClient: true, remoteMaxMessageSize: 0, 5000, pair.Now);
        pair.B.Connect(isDtlsClient: false, 0, 5000, pair.Now);
        Assert.True(pair.RunUntil(() => pair.A.IsConnected, s_patience));
        Assert.Equal(DataChannelSendStatus.TooLarge, pair.A.Send(channel, DataChannelMessageKind.Binary, new byte[DataChannelEndpoint.MaxMessage + 1]));
        Assert.Equal(DataChannelSendStatus.Accepted, pair.A.Send(channel, DataChannelMessageKind.Binary, new byte[DataChannelEndpoint.MaxBufferedAmount]));
        Assert.Equal(DataChannelSendStatus.BufferFull, pair.A.Send(channel, DataChannelMessageKind.Binary, [1]));
    }

    // Three messages of 1,000 bytes that never arrive; returns the TSN before them.
    private uint SendThree()
    {
        _pair.RunFor(TimeSpan.FromSeconds(1));
        uint tsn = _pair.A.Association.Sender.LastAssignedTsn;
        _pair.Link.Intercept = (_, _) => null;
        for (int i = 0; i < 3; i++) _pair.A.Send(0, DataChannelMessageKind.Binary, new byte[1000]);
        _pair.Drain();
        _pair.Link.Intercept = null;
        return tsn;
    }
}
