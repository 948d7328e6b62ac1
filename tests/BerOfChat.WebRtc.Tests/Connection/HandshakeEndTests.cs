using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>SCTP begins when the DTLS handshake ends, also when that is noticed only while output is fetched: by the client, which has nothing more to say, and by the server, which still has its last flight to send.</summary>
public sealed class HandshakeEndTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(10);

    [Fact]
    public void Channels_open_within_two_round_trips_of_the_handshakes_end_and_wait_for_no_timer()
    {
        foreach (int seed in Seeds.Take(20))
        {
            CoreWorld world = new(seed, new LinkConditions { Delay = s_delay });
            foreach (CoreEnd end in (CoreEnd[])[world.A, world.B]) end.Core.Channels.Open("ordered", "", isOrdered: true, negotiatedId: 0);
            world.Negotiate();
            Assert.True(world.RunUntil(() => world.A.Core.DtlsState == DtlsState.Connected && world.B.Core.DtlsState == DtlsState.Connected, s_patience), $"seed {seed}");
            Assert.NotEqual(world.A.Core.IsDtlsClient, world.B.Core.IsDtlsClient);
            MonotonicTime connected = world.Now;
            Assert.True(world.RunUntil(() => world.A.Channels.Count == 1 && world.B.Channels.Count == 1, s_patience), $"seed {seed}");
            Assert.True(world.Now - connected <= 4 * s_delay, $"seed {seed}: {world.Now - connected}");
        }
    }
}
