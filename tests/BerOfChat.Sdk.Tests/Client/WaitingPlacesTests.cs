using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace BerOfChat.Client;

/// <summary>Where a client waits, seen from the signaling service; in virtual time.</summary>
public sealed class WaitingPlacesTests
{
    /// <summary>The door of this device in the room: yesterday's, today's and tomorrow's.</summary>
    private const int TopicsOfDoor = 3;

    /// <summary>Where this device meets one other, on these days.</summary>
    private const int TopicsOfPair = 3;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task An_invitation_is_waited_for_until_it_has_expired()
    {
        using var patience = new CancellationTokenSource(s_patience);
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var signaling = new CountingSignaling();
        await using BerOfChatClient client = await BerOfChatClient.OpenAsync(new BerOfChatOptions { Signaling = signaling, TimeProvider = time }, patience.Token);
        Room room = await client.CreateRoomAsync("weekend", patience.Token);
        await room.CreateInviteAsync(new RoomInviteOptions { Lifetime = TimeSpan.FromHours(1) }, patience.Token);
        await signaling.WaitForAsync(1 + TopicsOfDoor, patience.Token);

        time.Advance(TimeSpan.FromMinutes(60));
        Assert.Equal(1 + TopicsOfDoor, signaling.Joined);
        time.Advance(TimeSpan.FromMinutes(2));
        await signaling.WaitForAsync(TopicsOfDoor, patience.Token);
    }

    [Fact]
    public async Task An_expired_invitation_is_refused_before_anybody_is_asked()
    {
        using var patience = new CancellationTokenSource(s_patience);
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        var signaling = new CountingSignaling();
        await using BerOfChatClient alice = await BerOfChatClient.OpenAsync(new BerOfChatOptions { Signaling = new InProcessSignaling(), TimeProvider = time }, patience.Token);
        await using BerOfChatClient bob = await BerOfChatClient.OpenAsync(new BerOfChatOptions { Signaling = signaling, TimeProvider = time }, patience.Token);
        RoomInvite invite = await (await alice.CreateRoomAsync("weekend", patience.Token)).CreateInviteAsync(new RoomInviteOptions { Lifetime = TimeSpan.FromHours(1) }, patience.Token);
        time.Advance(TimeSpan.FromMinutes(62));
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(() => bob.JoinRoomAsync(invite, patience.Token));
        Assert.Equal(BerOfChatErrorCode.InviteExpired, error.ErrorCode);
        Assert.Equal(0, signaling.Joined);
    }

    [Fact]
    public async Task Who_was_removed_while_away_is_waited_for_and_a_LEAVE_is_told_for_thirty_days()
    {
        using var world = new ClientWorld();
        BerOfChatClient alice = await world.OpenAsync("alice");
        Room room = await alice.CreateRoomAsync("weekend", world.Token);
        PeerId carol;
        await using (BerOfChatClient bob = await world.OpenAsync("bob")) await bob.JoinRoomAsync(await room.CreateInviteAsync(cancellationToken: world.Token), world.Token);
        await using (BerOfChatClient third = await world.OpenAsync("carol"))
        {
            carol = third.Id;
            await third.JoinRoomAsync(await room.CreateInviteAsync(cancellationToken: world.Token), world.Token);
        }

        await room.RemoveMemberAsync(carol, world.Token);
        await alice.DisposeAsync();
        await using (BerOfChatClient bob = await world.OpenAsync("bob")) await Assert.Single(bob.Rooms).LeaveAsync(world.Token);

        // Alice waits for Bob, a member to her, and Carol; Bob for Alice. Both wait at their doors.
        await AssertWaitsAsync("alice", TopicsOfDoor + (2 * TopicsOfPair), TopicsOfDoor + TopicsOfPair);
        await AssertWaitsAsync("bob", TopicsOfDoor + TopicsOfPair, 0);

        async Task AssertWaitsAsync(string name, int before, int after)
        {
            var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(30).AddMinutes(-10));
            var signaling = new CountingSignaling();
            var options = new BerOfChatOptions { Signaling = signaling, TimeProvider = time, Store = new SqliteMessageStore(world.FileOf(name)) };
            await using BerOfChatClient client = await BerOfChatClient.OpenAsync(options, world.Token);
            await signaling.WaitForAsync(before, world.Token);
            time.Advance(TimeSpan.FromMinutes(11));
            await signaling.WaitForAsync(after, world.Token);
        }
    }

    /// <summary>Counts the topics that are joined now.</summary>
    private sealed class CountingSignaling : ISignalingTransport
    {
        private readonly ConcurrentDictionary<object, byte> _joined = new();
        private readonly AsyncPulse _changed = new();

        public int Joined => _joined.Count;

        public async Task WaitForAsync(int count, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task next = _changed.Next;
                if (Joined == count) return;
                await next.WaitAsync(cancellationToken);
            }
        }

        public ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
        {
            var joined = new Topic(this);
            _joined.TryAdd(joined, 0);
            _changed.Raise();
            return ValueTask.FromResult<ISignalingTopic>(joined);
        }

        private sealed class Topic(CountingSignaling owner) : ISignalingTopic
        {
            public ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

            public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                yield break;
            }

            public ValueTask DisposeAsync()
            {
                owner._joined.TryRemove(this, out _);
                owner._changed.Raise();
                return ValueTask.CompletedTask;
            }
        }
    }
}
