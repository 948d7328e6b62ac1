using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>A member that knocks at the door of a device which may not know it, in virtual time.</summary>
public sealed class DoorTests : IDisposable
{
    private const long Noon = (20_000L * 86_400) + 43_200;
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(Noon);
    private static readonly RoomId s_room = new([.. Enumerable.Repeat((byte)5, 32)]);
    private readonly LocalIdentity _owner = LocalIdentity.Create(new SeededRandomSource(1), s_now);
    private readonly LocalIdentity _guest = LocalIdentity.Create(new SeededRandomSource(2), s_now);

    [Fact]
    public void A_knock_is_heard_and_says_who_knocks_however_the_network_behaves()
    {
        foreach (int seed in Seeds.Take(40))
        {
            SimulatedMeeting world = NewWorld(LinkConditions.Rough(seed, TimeSpan.FromSeconds(1)), out _, seed);
            PlaceOwner(world);
            PlaceGuest(world, seed);
            Assert.True(world.RunUntil(() => world.A.Knocks.Count > 0, TimeSpan.FromMinutes(3)), $"seed {seed}");
            Assert.Equal(_guest.Certificate.Bytes.ToArray(), world.A.Knocks[0].Bytes.ToArray());
            Assert.True(world.B.AllAttempts.Count == 0 && world.A.AllAttempts.Count == 0, "Nobody connects at a door.");
        }
    }

    [Fact]
    public void One_knocks_every_fifteen_seconds_and_after_five_minutes_every_minute()
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out SimulatedLink link);
        PlaceOwner(world);
        PlaceGuest(world, 1);
        Assert.Equal(1, link.Sent);
        world.Run(TimeSpan.FromSeconds(14.9));
        Assert.Equal(1, link.Sent);
        world.Run(TimeSpan.FromSeconds(0.2));
        Assert.Equal(2, link.Sent);
        world.Run(TimeSpan.FromSeconds(300 - 15.1 + 0.1));
        Assert.Equal(21, link.Sent);
        world.Run(TimeSpan.FromMinutes(10));
        Assert.Equal(31, link.Sent);
        Assert.Equal(31, world.A.Knocks.Count);
    }

    [Theory]
    [InlineData(-86_400)]
    [InlineData(86_400)]
    [InlineData(43_201)]
    public void Clocks_that_differ_by_a_day_do_not_matter(long error)
    {
        SimulatedMeeting world = NewWorld(new LinkConditions(), out _);
        world.ClockError[LinkEnd.B] = error;
        PlaceOwner(world);
        PlaceGuest(world, 1, error);
        Assert.True(world.RunUntil(() => world.A.Knocks.Count > 0, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void Doors_change_with_the_day_on_both_sides()
    {
        var door = new DoorCore(s_room, _owner.DeviceAgreement, Noon);
        using KnockCore knock = NewKnock(1);
        SignalingTopicId[] before = [.. door.Topics];
        Assert.Equal(before[1], Assert.Single(knock.Topics));
        int changes = 0;
        foreach (IMeetingCore core in new IMeetingCore[] { door, knock })
        {
            MonotonicTime now = MonotonicTime.Zero;
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
        }

        Assert.Equal(2, changes);
        Assert.Equal(before[1..], door.Topics.Take(2));
        Assert.Equal(before[2], Assert.Single(knock.Topics));
    }

    [Fact]
    public void Doors_differ_by_room_owner_and_day()
    {
        Bytes32 owner = Bytes32.Read(_owner.DeviceAgreement.PublicKey.Span);
        Bytes32 other = Bytes32.Read(_guest.DeviceAgreement.PublicKey.Span);
        var room = new RoomId([.. Enumerable.Repeat((byte)6, 32)]);
        SignalingTopicId[] doors =
        [
            DoorKeys.DeriveTopic(s_room, owner, 20_000), DoorKeys.DeriveTopic(s_room, owner, 20_001), DoorKeys.DeriveTopic(s_room, other, 20_000), DoorKeys.DeriveTopic(room, owner, 20_000),
        ];
        Assert.Equal(doors.Length, doors.Distinct().Count());
    }

    [Fact]
    public void What_is_not_a_fresh_knock_at_this_door_is_dropped()
    {
        byte[] envelope = Knock(NewKnock(1), out SignalingPlace place);
        var door = new DoorCore(s_room, _owner.DeviceAgreement, Noon);
        for (int i = 0; i < envelope.Length; i += 7)
        {
            byte[] changed = [.. envelope];
            changed[i] ^= 1;
            door.HandleEnvelope(place, changed, MonotonicTime.Zero);
        }

        door.HandleEnvelope(place with { Topic = door.Topics[0] }, envelope, MonotonicTime.Zero);
        door.HandleEnvelope(place, envelope.AsSpan(0, 100), MonotonicTime.Zero);
        using (var ownKey = new KnockCore(s_room, _owner.Certificate.DeviceAgreement, _owner.Certificate, Noon, new SeededRandomSource(3)))
            door.HandleEnvelope(place, Knock(ownKey, out _), MonotonicTime.Zero);
        Assert.False(door.TryReadEvent(out _));

        MonotonicTime later = MonotonicTime.Zero + TimeSpan.FromSeconds(10);
        door.HandleEnvelope(place, envelope, later);
        Assert.True(door.TryReadEvent(out MeetingEvent? knocked));
        Assert.IsType<MeetingEvent.Knocked>(knocked);
        door.HandleEnvelope(place, envelope, later);
        Assert.False(door.TryReadEvent(out _));
    }

    [Fact]
    public void Only_the_owner_learns_who_knocks()
    {
        byte[] envelope = Knock(NewKnock(1), out SignalingPlace place);
        using LocalIdentity member = LocalIdentity.Create(new SeededRandomSource(4), s_now);
        var eavesdropper = new DoorCore(s_room, member.DeviceAgreement, Noon);
        eavesdropper.HandleEnvelope(place, envelope, MonotonicTime.Zero);
        Assert.Equal(1, eavesdropper.Dropped);
        Assert.Equal(574, envelope.Length);
        Assert.Equal(-1, envelope.AsSpan().IndexOf(_guest.Certificate.Account.ToArray()));
        Assert.Equal(-1, envelope.AsSpan().IndexOf(_guest.Certificate.DeviceAgreement.ToArray()));
    }

    [Fact]
    public void A_flood_at_the_door_is_looked_at_only_so_fast()
    {
        var door = new DoorCore(s_room, _owner.DeviceAgreement, Noon);
        int heard = 0;
        for (int i = 0; i < 300; i++)
        {
            door.HandleEnvelope(new SignalingPlace(0, door.Topics[1]), Knock(NewKnock(i), out _), MonotonicTime.Zero);
            while (door.TryReadEvent(out _)) heard++;
        }

        Assert.Equal(OpeningBudget.Burst, heard);
    }

    [Fact]
    public void Eight_strangers_are_waited_for_and_each_for_a_minute_after_its_last_knock()
    {
        var strangers = new Strangers();
        MonotonicTime now = MonotonicTime.Zero;
        for (byte i = 0; i < 8; i++) Assert.True(strangers.TryAdd(Key(i), now));
        Assert.False(strangers.TryAdd(Key(8), now));

        now += TimeSpan.FromSeconds(50);
        Assert.True(strangers.TryAdd(Key(0), now));
        Assert.Equal(MonotonicTime.Zero + TimeSpan.FromSeconds(60), strangers.NextTimeout);
        now += TimeSpan.FromSeconds(10);
        strangers.HandleTimeout(now);
        Assert.Equal([Key(0)], strangers.Devices);
        Assert.True(strangers.TryAdd(Key(8), now));
        strangers.HandleTimeout(now + TimeSpan.FromSeconds(59));
        Assert.Equal([Key(8)], strangers.Devices);
        strangers.Remove(Key(8));
        Assert.Null(strangers.NextTimeout);
    }

    public void Dispose()
    {
        _owner.Dispose();
        _guest.Dispose();
    }

    private static Bytes32 Key(byte number) => Bytes32.Read([.. Enumerable.Repeat(number, 32)]);

    private static byte[] Knock(KnockCore knock, out SignalingPlace place)
    {
        place = new SignalingPlace(0, knock.Topics[0]);
        knock.HandleJoined(place, MonotonicTime.Zero);
        Assert.True(knock.TryWriteEnvelope(MonotonicTime.Zero, out _, out ReadOnlyMemory<byte> envelope));
        return envelope.ToArray();
    }

    private KnockCore NewKnock(int seed, long error = 0) =>
        new(s_room, Bytes32.Read(_owner.DeviceAgreement.PublicKey.Span), _guest.Certificate, Noon + error, new SeededRandomSource(seed));

    private void PlaceOwner(SimulatedMeeting world) => world.Place(LinkEnd.A, new DoorCore(s_room, _owner.DeviceAgreement, Noon));

    private void PlaceGuest(SimulatedMeeting world, int seed, long error = 0)
    {
        KnockCore knock = NewKnock(seed, error);
        world.Place(LinkEnd.B, knock, [new SignalingPlace(0, knock.Topics[0])]);
    }

    private SimulatedMeeting NewWorld(LinkConditions conditions, out SimulatedLink link, int seed = 1)
    {
        var door = new DoorCore(s_room, _owner.DeviceAgreement, Noon);
        link = new SimulatedLink(seed, conditions);
        return new SimulatedMeeting(link, [.. door.Topics.Select(topic => new SignalingPlace(0, topic))], Noon);
    }
}
