using BerOfChat.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>First contact in virtual time: A has issued the invitation, B comes with it.</summary>
public sealed class InviteMeetingTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);
    private readonly IssuedInvite _issued = IssuedInvite.Create(default, DateTimeOffset.UnixEpoch, 0, [], new SeededRandomSource(99));

    [Fact]
    public void Both_sides_agree_on_one_attempt_however_the_network_behaves()
    {
        foreach (int seed in Seeds.Take(60))
        {
            SimulatedMeeting world = NewWorld(LinkConditions.Rough(seed, TimeSpan.FromSeconds(1)), seed);
            world.Place(LinkEnd.A, new InviteIssuerCore(_issued, new SeededRandomSource(seed)));
            world.Place(LinkEnd.B, new InviteJoinerCore(_issued.Invite, new SeededRandomSource(-seed)));
            Assert.True(world.RunUntil(world.TryConnect, s_patience), $"seed {seed}");
            Assert.True(world.B.MostAttemptsAtATime == 1 && world.A.AllAttempts.Count == 1, $"seed {seed}");
        }
    }

    [Fact]
    public void A_perfect_network_needs_one_round_trip()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions { Delay = TimeSpan.FromMilliseconds(50) });
        world.Place(LinkEnd.A, new InviteIssuerCore(_issued, new SeededRandomSource(1)));
        world.Place(LinkEnd.B, new InviteJoinerCore(_issued.Invite, new SeededRandomSource(2)));
        Assert.True(world.RunUntil(world.TryConnect, TimeSpan.FromMilliseconds(150)));
    }

    [Fact]
    public void An_issuer_that_comes_hours_later_is_still_found()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions());
        world.Place(LinkEnd.A, new InviteIssuerCore(_issued, new SeededRandomSource(1)), []);
        world.Place(LinkEnd.B, new InviteJoinerCore(_issued.Invite, new SeededRandomSource(2)));
        world.A.Negotiates = false;
        world.Run(TimeSpan.FromHours(2));
        int attempts = world.B.AllAttempts.Count;
        Assert.InRange(attempts, 60, 120);   // 30 s for each, and a back-off of up to 75 s

        world.Place(LinkEnd.A, new InviteIssuerCore(_issued, new SeededRandomSource(3)));
        Assert.True(world.RunUntil(world.TryConnect, s_patience));
    }

    [Fact]
    public void An_issuer_that_restarts_in_the_middle_of_an_attempt_is_found_by_the_next()
    {
        foreach (int seed in Seeds.Take(50))
        {
            SimulatedMeeting world = NewWorld(LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(200)), seed);
            world.Place(LinkEnd.A, new InviteIssuerCore(_issued, new SeededRandomSource(seed)));
            world.Place(LinkEnd.B, new InviteJoinerCore(_issued.Invite, new SeededRandomSource(-seed)));
            Assert.True(world.RunUntil(() => world.B.Negotiated() is not null, s_patience), $"seed {seed}");

            // The joiner has the first answer; the second issuer makes another one to a copy of the same offer.
            world.Place(LinkEnd.A, new InviteIssuerCore(_issued, new SeededRandomSource(seed + 1000)));
            Assert.True(world.RunUntil(() => world.B.Ends.Contains(AttemptEnd.PeerRestarted), TimeSpan.FromSeconds(29)), $"seed {seed}");
            Assert.True(world.RunUntil(world.TryConnect, s_patience), $"seed {seed}");
        }
    }

    [Fact]
    public void A_joiner_without_any_topic_joined_makes_no_attempt()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions());
        SimulatedDevice joiner = world.Place(LinkEnd.B, new InviteJoinerCore(_issued.Invite, new SeededRandomSource(2)), []);
        world.Run(TimeSpan.FromHours(1));
        Assert.Empty(joiner.AllAttempts);
    }

    [Fact]
    public void A_failed_attempt_is_followed_by_another_after_a_growing_pause()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions { Loss = 1 });
        SimulatedDevice joiner = world.Place(LinkEnd.B, new InviteJoinerCore(_issued.Invite, new SeededRandomSource(2)));
        var pauses = new List<double>();
        for (int i = 0; i < 9; i++)
        {
            joiner.Core.Finish(joiner.Attempts.Keys.Single(), world.Now);
            joiner.Drain(world);
            MonotonicTime ended = world.Now;
            Assert.True(world.RunUntil(() => joiner.Attempts.Count == 1, TimeSpan.FromSeconds(80)));
            pauses.Add((world.Now - ended).TotalSeconds);
        }

        double[] expected = [1, 2, 4, 8, 16, 32, 60, 60, 60];
        Assert.All(pauses.Zip(expected), p => Assert.InRange(p.First, p.Second * 0.74, p.Second * 1.26));
    }

    [Fact]
    public void An_issuer_serves_eight_at_a_time_and_the_ninth_when_there_is_room()
    {
        using var core = new InviteIssuerCore(_issued, new SeededRandomSource(1));
        SignalingPlace place = Places[0];
        byte[][] offers = [.. Enumerable.Range(0, 9).Select(i => NewOffer(i))];
        foreach (byte[] offer in offers) core.HandleEnvelope(place, offer, MonotonicTime.Zero);
        List<NegotiationAttempt> started = ReadStarted(core);
        Assert.Equal(InviteIssuerCore.MaxAttempts, started.Count);

        core.Finish(started[0], MonotonicTime.Zero);
        Assert.True(core.TryReadEvent(out _));
        core.HandleEnvelope(place, offers[8], MonotonicTime.Zero);
        Assert.Single(ReadStarted(core));
    }

    [Fact]
    public void A_repeated_envelope_is_dropped_and_an_ended_attempt_does_not_begin_again()
    {
        using var core = new InviteIssuerCore(_issued, new SeededRandomSource(1));
        byte[] offer = NewOffer(0);
        core.HandleEnvelope(Places[0], offer, MonotonicTime.Zero);
        core.HandleEnvelope(Places[0], offer, MonotonicTime.Zero);
        Assert.Equal(1, core.Dropped);
        NegotiationAttempt attempt = ReadStarted(core).Single();
        core.Finish(attempt, MonotonicTime.Zero);
        Assert.True(core.TryReadEvent(out _));
        core.HandleEnvelope(Places[0], offer, MonotonicTime.Zero);
        core.HandleEnvelope(Places[0], NewOffer(0, nonceSeed: 5), MonotonicTime.Zero);
        Assert.Empty(ReadStarted(core));
        Assert.Equal(3, core.Dropped);
    }

    [Fact]
    public void An_offer_without_our_suite_is_answered_with_none()
    {
        using var core = new InviteIssuerCore(_issued, new SeededRandomSource(1));
        core.HandleEnvelope(Places[0], NewOffer(0, suite: 0x0102), MonotonicTime.Zero);
        Assert.Empty(ReadStarted(core));
        Assert.True(core.TryWriteEnvelope(MonotonicTime.Zero, out _, out ReadOnlyMemory<byte> envelope));
        using InviteKeys keys = _issued.Invite.DeriveKeys();
        using X25519PrivateKey ephemeral = NewEphemeral(0);
        using EnvelopeCipher cipher = keys.TryCreateCipher(
            ephemeral, _issued.Invite.PublicKey, Bytes32.Read(ephemeral.PublicKey.Span), EnvelopeDirection.InitiatorToResponder)!;
        Assert.True(cipher.TryOpen(_issued.Keys.Topic, envelope.Span, out ReadOnlyMemory<byte> bytes));
        Assert.True(EnvelopeMessage.TryParse(bytes, out EnvelopeMessage? message));
        Assert.Equal(0, Assert.IsType<EnvelopeMessage.Answer>(message).Suite);
    }

    [Fact]
    public void Hostile_envelopes_are_dropped_and_counted()
    {
        using var issuer = new InviteIssuerCore(_issued, new SeededRandomSource(1));
        using var joiner = new InviteJoinerCore(_issued.Invite, new SeededRandomSource(2));
        joiner.HandleJoined(Places[0], MonotonicTime.Zero);
        byte[] offer = NewOffer(0);
        var random = new Random(3);
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = random.Next(3) switch
            {
                0 => offer[..random.Next(offer.Length)],
                1 => [.. offer],
                _ => new byte[random.Next(2000)],
            };
            if (bytes.Length > 0) bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            MonotonicTime now = new(TimeSpan.FromMilliseconds(i * 20));
            issuer.HandleEnvelope(Places[0], bytes, now);
            joiner.HandleEnvelope(Places[0], bytes, now);
        }

        Assert.Equal((3000, 3000), (issuer.Dropped, joiner.Dropped));
        Assert.Empty(ReadStarted(issuer));
    }

    public void Dispose() => _issued.Dispose();

    private SignalingPlace[] Places => [new(0, _issued.Keys.Topic), new(1, _issued.Keys.Topic)];

    private SimulatedMeeting NewWorld(LinkConditions conditions, int seed = 1) => new(new SimulatedLink(seed, conditions), Places, 0);

    private static X25519PrivateKey NewEphemeral(int number) => new([.. Enumerable.Repeat((byte)(number + 1), 32)]);

    private byte[] NewOffer(int number, int nonceSeed = 0, ushort suite = NegotiationSuites.Invite)
    {
        using X25519PrivateKey ephemeral = NewEphemeral(number);
        Bytes32 e = Bytes32.Read(ephemeral.PublicKey.Span);
        using EnvelopeCipher cipher = _issued.Keys.TryCreateCipher(ephemeral, _issued.Invite.PublicKey, e, EnvelopeDirection.InitiatorToResponder)!;
        byte[] message = new EnvelopeMessage.Offer((UInt128)number + 1, [suite], "offer", []).Encode();
        return cipher.Seal(_issued.Keys.Topic, e, message, new SeededRandomSource(number + nonceSeed));
    }

    private static List<NegotiationAttempt> ReadStarted(InviteIssuerCore core)
    {
        var started = new List<NegotiationAttempt>();
        while (core.TryReadEvent(out MeetingEvent? e)) started.Add(Assert.IsType<MeetingEvent.AttemptStarted>(e).Attempt);
        return started;
    }
}
