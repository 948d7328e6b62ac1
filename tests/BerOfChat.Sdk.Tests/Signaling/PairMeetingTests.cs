using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>Two devices that know each other, in virtual time.</summary>
public sealed class PairMeetingTests : IDisposable
{
    private const long Noon = (20_000L * 86_400) + 43_200;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);
    private readonly X25519PrivateKey _a = X25519PrivateKey.Generate(new SeededRandomSource(1));
    private readonly X25519PrivateKey _b = X25519PrivateKey.Generate(new SeededRandomSource(2));

    [Fact]
    public void The_lower_agreement_key_offers()
    {
        using PairMeetingCore a = NewCore(LinkEnd.A, 1);
        using PairMeetingCore b = NewCore(LinkEnd.B, 2);
        bool isLower = Bytes32.Read(_a.PublicKey.Span).CompareTo(Bytes32.Read(_b.PublicKey.Span)) < 0;
        Assert.Equal((isLower, !isLower), (a.IsOfferer, b.IsOfferer));
        Assert.Equal(a.Topics, b.Topics);
        Assert.Equal(3, a.Topics.Distinct().Count());
    }

    [Fact]
    public void A_device_does_not_meet_itself_and_refuses_a_useless_key()
    {
        Assert.Throws<ArgumentException>(() => new PairMeetingCore(s_room, _a, Bytes32.Read(_a.PublicKey.Span), Noon, new SeededRandomSource(1)));
        BerOfChatException e = Assert.Throws<BerOfChatException>(() => new PairMeetingCore(s_room, _a, Bytes32.Zero, Noon, new SeededRandomSource(1)));
        Assert.Equal(BerOfChatErrorCode.ProtocolViolation, e.ErrorCode);
    }

    [Fact]
    public void Both_sides_meet_again_and_again_however_the_network_behaves()
    {
        foreach (int seed in Seeds.Take(60))
        {
            SimulatedMeeting world = NewWorld(LinkConditions.Rough(seed, TimeSpan.FromSeconds(1)), seed);
            var random = new Random(seed);
            world.Place(LinkEnd.A, NewCore(LinkEnd.A, seed));
            if (random.Next(2) == 0) world.Place(LinkEnd.B, NewCore(LinkEnd.B, -seed), []);
            else world.Place(LinkEnd.B, NewCore(LinkEnd.B, -seed));
            world.Run(TimeSpan.FromSeconds(random.Next(100)));
            if (world.B.AllAttempts.Count == 0) world.Place(LinkEnd.B, NewCore(LinkEnd.B, -seed - 1000));

            for (int round = 0; round < 3; round++)
            {
                Assert.True(world.RunUntil(world.TryConnect, s_patience), $"seed {seed}, round {round}");
                int attempts = world.A.AllAttempts.Count + world.B.AllAttempts.Count;
                world.Run(TimeSpan.FromSeconds(random.Next(10, 100)));
                Assert.True(attempts == world.A.AllAttempts.Count + world.B.AllAttempts.Count, $"seed {seed}: attempts while there is a session");
                foreach (SimulatedDevice device in new[] { world.A, world.B }) CloseSession(device, world);
            }

            Assert.True(world.A.MostAttemptsAtATime == 1 && world.B.MostAttemptsAtATime == 1, $"seed {seed}");
        }
    }

    [Fact]
    public void A_perfect_network_needs_one_and_a_half_round_trips()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions { Delay = TimeSpan.FromMilliseconds(50) });
        world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        world.Run(TimeSpan.FromSeconds(10));
        world.Place(LinkEnd.B, NewCore(LinkEnd.B, 2));
        Assert.True(world.RunUntil(world.TryConnect, TimeSpan.FromMilliseconds(300)));
    }

    [Fact]
    public void A_killed_peer_that_comes_back_makes_the_other_look_at_its_session()
    {
        foreach (LinkEnd killed in Enum.GetValues<LinkEnd>())
        {
            SimulatedMeeting world = NewWorld(new LinkConditions { Delay = TimeSpan.FromMilliseconds(50) });
            world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
            world.Place(LinkEnd.B, NewCore(LinkEnd.B, 2));
            Assert.True(world.RunUntil(world.TryConnect, s_patience));
            world.Run(TimeSpan.FromSeconds(20));

            world.Place(killed, NewCore(killed, 3));
            SimulatedDevice survivor = killed == LinkEnd.A ? world.B : world.A;
            Assert.True(world.RunUntil(() => survivor.PeerReadies > 0, TimeSpan.FromSeconds(1)));
            Assert.Empty(survivor.Attempts);
            world.Run(TimeSpan.FromSeconds(2));
            CloseSession(survivor, world);
            Assert.True(world.RunUntil(world.TryConnect, TimeSpan.FromSeconds(4)), $"{killed}");
        }
    }

    [Fact]
    public void An_answerer_that_restarts_in_the_middle_of_an_attempt_is_met_by_the_next()
    {
        foreach (int seed in Seeds.Take(50))
        {
            SimulatedMeeting world = NewWorld(LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(200)), seed);
            world.Place(LinkEnd.A, NewCore(LinkEnd.A, seed));
            world.Place(LinkEnd.B, NewCore(LinkEnd.B, -seed));
            LinkEnd answerer = ((PairMeetingCore)world.A.Core).IsOfferer ? LinkEnd.B : LinkEnd.A;
            SimulatedDevice offerer = answerer == LinkEnd.B ? world.A : world.B;
            Assert.True(world.RunUntil(() => offerer.Negotiated() is not null, s_patience), $"seed {seed}");
            world.Place(answerer, NewCore(answerer, seed + 1000));
            Assert.True(world.RunUntil(world.TryConnect, s_patience), $"seed {seed}");
            Assert.True(offerer.MostAttemptsAtATime == 1, $"seed {seed}");
        }
    }

    [Fact]
    public void An_offerer_that_restarts_in_the_middle_of_an_attempt_replaces_it()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions { Delay = TimeSpan.FromMilliseconds(50) });
        world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        world.Place(LinkEnd.B, NewCore(LinkEnd.B, 2));
        LinkEnd offerer = ((PairMeetingCore)world.A.Core).IsOfferer ? LinkEnd.A : LinkEnd.B;
        SimulatedDevice answerer = offerer == LinkEnd.A ? world.B : world.A;
        Assert.True(world.RunUntil(() => answerer.Attempts.Count == 1, s_patience));
        world.Place(offerer, NewCore(offerer, 3));
        Assert.True(world.RunUntil(world.TryConnect, TimeSpan.FromSeconds(5)));
        Assert.Contains(AttemptEnd.Replaced, answerer.Ends);
        Assert.Equal(1, answerer.MostAttemptsAtATime);
    }

    [Fact]
    public void Clocks_that_differ_by_a_day_do_not_matter()
    {
        foreach (long error in new[] { -86_400L, 86_400L, 43_201 })
        {
            SimulatedMeeting world = NewWorld(new LinkConditions());
            world.ClockError[LinkEnd.B] = error;
            PairMeetingCore b = NewCore(LinkEnd.B, 2, Noon + error);
            world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
            world.Place(LinkEnd.B, b, [.. b.Topics.Select(topic => new SignalingPlace(0, topic))]);
            Assert.True(world.RunUntil(world.TryConnect, s_patience), $"{error} s");
        }
    }

    [Fact]
    public void Topics_change_with_the_day()
    {
        using PairMeetingCore core = NewCore(LinkEnd.A, 1);
        SignalingTopicId[] before = [.. core.Topics];
        while (core.TryReadEvent(out _))
        {
        }

        MonotonicTime now = MonotonicTime.Zero;
        int changes = 0;
        while (now.SinceStart < TimeSpan.FromHours(12.1))
        {
            now = core.NextTimeout!.Value;
            core.HandleTimeout(now, Noon + (long)now.SinceStart.TotalSeconds);
            while (core.TryReadEvent(out MeetingEvent? e))
            {
                Assert.IsType<MeetingEvent.TopicsChanged>(e);
                Assert.Equal(12, now.SinceStart.TotalHours, 0.001);
                changes++;
            }
        }

        Assert.Equal(1, changes);
        Assert.Equal(before[1..], core.Topics.Take(2));
    }

    [Fact]
    public void A_lonely_device_asks_less_and_less()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out SimulatedLink link, transports: 1);
        world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        Assert.Equal(1, link.Sent);
        world.Run(TimeSpan.FromSeconds(80));
        Assert.InRange(link.Sent, 6, 8);
        long after = link.Sent;
        world.Run(TimeSpan.FromMinutes(60));
        Assert.InRange(link.Sent - after, 48, 80);
    }

    [Fact]
    public void A_device_with_a_session_sends_nothing()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out SimulatedLink link);
        SimulatedDevice device = world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        ((PairMeetingCore)device.Core).NotifySessionOpen(world.Now);
        device.Drain(world);
        long sent = link.Sent;
        world.Run(TimeSpan.FromHours(3));
        Assert.Equal(sent, link.Sent);
    }

    [Fact]
    public void Who_had_lost_the_service_looks_at_its_session_and_says_nothing()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out SimulatedLink link, transports: 1);
        SimulatedDevice device = world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        ((PairMeetingCore)device.Core).NotifySessionOpen(world.Now);
        device.Drain(world);
        long sent = link.Sent;
        world.Run(TimeSpan.FromMinutes(1));
        foreach (SignalingPlace place in world.Places) Rejoin(device, place, world);
        Assert.Equal((1, sent), (device.PeerReadies, link.Sent));
    }

    [Fact]
    public void Who_had_lost_the_service_asks_at_once_and_soon_again()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out SimulatedLink link, transports: 1);
        SimulatedDevice device = world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        world.Run(TimeSpan.FromMinutes(10));
        long sent = link.Sent;
        Rejoin(device, world.Places[1], world);
        Assert.Equal(sent + 1, link.Sent);
        world.Run(TimeSpan.FromSeconds(1.25));
        Assert.Equal(sent + 2, link.Sent);
    }

    [Fact]
    public void A_session_made_through_another_room_ends_the_attempt_of_this_one()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions { Delay = TimeSpan.FromMilliseconds(50) });
        world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        world.Place(LinkEnd.B, NewCore(LinkEnd.B, 2));
        Assert.True(world.RunUntil(() => world.A.Attempts.Count == 1 && world.B.Attempts.Count == 1, s_patience));
        foreach (SimulatedDevice device in new[] { world.A, world.B })
        {
            ((PairMeetingCore)device.Core).NotifySessionOpen(world.Now);
            device.Drain(world);
            Assert.Empty(device.Attempts);
        }

        world.Run(TimeSpan.FromMinutes(10));
        Assert.Equal((1, 1), (world.A.AllAttempts.Count, world.B.AllAttempts.Count));
    }

    [Fact]
    public void A_nudge_asks_at_once()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out SimulatedLink link, transports: 1);
        SimulatedDevice device = world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        world.Run(TimeSpan.FromMinutes(10));
        long sent = link.Sent;
        device.Core.Nudge(world.Now);
        device.Drain(world);
        Assert.Equal(sent + 1, link.Sent);
    }

    [Fact]
    public void Our_own_echo_and_another_pairs_envelopes_are_dropped()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out SimulatedLink link);
        var sent = new List<byte[]>();
        link.Intercept = (_, packet) =>
        {
            sent.Add(packet);
            return null;
        };
        SimulatedDevice device = world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        var core = (PairMeetingCore)device.Core;
        core.HandleEnvelope(world.Places[1], sent[0].AsSpan(36), world.Now);
        Assert.Equal(1, core.Dropped);

        using X25519PrivateKey stranger = X25519PrivateKey.Generate(new SeededRandomSource(5));
        using var other = new PairMeetingCore(s_room, stranger, Bytes32.Read(_a.PublicKey.Span), Noon, new SeededRandomSource(5));
        other.HandleJoined(new SignalingPlace(0, other.Topics[1]), world.Now);
        Assert.True(other.TryWriteEnvelope(world.Now, out _, out ReadOnlyMemory<byte> envelope));
        core.HandleEnvelope(world.Places[1], envelope.Span, world.Now);
        Assert.Equal(2, core.Dropped);
        device.Drain(world);
        Assert.Empty(device.AllAttempts);
    }

    [Fact]
    public void A_replayed_question_does_nothing_and_fresh_ones_are_answered_once_a_second()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out SimulatedLink link, transports: 1);
        SimulatedDevice device = world.Place(LinkEnd.A, NewCore(LinkEnd.A, 1));
        var core = (PairMeetingCore)device.Core;
        core.NotifySessionOpen(world.Now);
        device.Drain(world);
        List<byte[]> questions = [.. Enumerable.Range(0, 5).Select(i => NewReady(seed: i))];
        foreach (byte[] question in questions) core.HandleEnvelope(world.Places[1], question, world.Now);
        device.Drain(world);
        Assert.Equal(1, device.PeerReadies);

        world.Run(TimeSpan.FromSeconds(5));
        foreach (byte[] question in questions) core.HandleEnvelope(world.Places[1], question, world.Now);
        device.Drain(world);
        Assert.Equal(1, device.PeerReadies);
        Assert.Equal(5, core.Dropped);
        Assert.Equal(1, link.Sent);
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    private static readonly RoomId s_room = new([.. Enumerable.Repeat((byte)5, 32)]);

    private static void CloseSession(SimulatedDevice device, SimulatedMeeting world)
    {
        device.HasSession = false;
        ((PairMeetingCore)device.Core).NotifySessionClosed(world.Now);
        device.Drain(world);
    }

    private static void Rejoin(SimulatedDevice device, SignalingPlace place, SimulatedMeeting world)
    {
        device.Core.HandleLeft(place);
        device.Core.HandleJoined(place, world.Now);
        device.Drain(world);
    }

    private byte[] NewReady(int seed)
    {
        using PairMeetingCore peer = NewCore(LinkEnd.B, seed + 50);
        peer.HandleJoined(new SignalingPlace(0, peer.Topics[1]), MonotonicTime.Zero);
        Assert.True(peer.TryWriteEnvelope(MonotonicTime.Zero, out _, out ReadOnlyMemory<byte> envelope));
        return envelope.ToArray();
    }

    private PairMeetingCore NewCore(LinkEnd end, int seed, long unixSeconds = Noon)
    {
        (X25519PrivateKey own, X25519PrivateKey peer) = end == LinkEnd.A ? (_a, _b) : (_b, _a);
        return new PairMeetingCore(s_room, own, Bytes32.Read(peer.PublicKey.Span), unixSeconds, new SeededRandomSource(seed));
    }

    private SimulatedMeeting NewWorld(LinkConditions conditions, int seed = 1) => NewWorld(conditions, out _, seed);

    private SimulatedMeeting NewWorld(LinkConditions conditions, out SimulatedLink link, int seed = 1, int transports = 2)
    {
        using PairMeetingCore core = NewCore(LinkEnd.A, 0);
        link = new SimulatedLink(seed, conditions);
        SignalingPlace[] places = [.. Enumerable.Range(0, transports).SelectMany(t => core.Topics.Select(topic => new SignalingPlace(t, topic)))];
        return new SimulatedMeeting(link, places, Noon);
    }
}
