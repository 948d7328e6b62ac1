using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>A reader that pauses closes the window of its side. That says nothing of the path.</summary>
public sealed class ClosedWindowTests
{
    private const int Size = 250_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_transfer_goes_on_after_a_long_pause_of_the_reader_as_fast_as_before(bool interleaves)
    {
        LinkConditions path = new() { Delay = TimeSpan.FromMilliseconds(25), Bandwidth = 12_500_000 };
        EndpointPair pair = new(seed: 1, path, interleaves ? SctpForms.Interleaved : SctpExtensions.None);
        pair.ConnectWithChannel(s_patience);
        // The window comes to its size, and slow start to its end.
        for (int i = 0; i < 10; i++) Transfer(pair, 40);
        TimeSpan before = Transfer(pair, 40);

        pair.Reads = false;
        for (int i = 0; i < 60; i++) pair.A.Send(0, DataChannelMessageKind.Binary, new byte[Size]);
        pair.RunFor(TimeSpan.FromSeconds(60));
        Assert.True(pair.A.GetBufferedAmount(0) > 0, "The window never closed.");
        int received = pair.ReceivedByB.Count;
        pair.Reads = true;
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == received + 60, s_patience));
        TimeSpan after = Transfer(pair, 40);
        Assert.True(after < before * 1.5, $"{after} instead of {before}");
    }

    private static TimeSpan Transfer(EndpointPair pair, int messages)
    {
        MonotonicTime start = pair.Now;
        int before = pair.ReceivedByB.Count;
        for (int i = 0; i < messages; i++) Assert.Equal(DataChannelSendStatus.Accepted, pair.A.Send(0, DataChannelMessageKind.Binary, new byte[Size]));
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == before + messages, s_patience));
        return pair.Now - start;
    }
}
