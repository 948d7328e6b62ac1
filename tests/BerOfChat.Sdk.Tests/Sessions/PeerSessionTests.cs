namespace BerOfChat.Sessions;

public sealed class PeerSessionTests
{
    private static readonly CancellationToken s_patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task Many_senders_keep_the_order_of_each_lane_while_both_sides_talk()
    {
        (PeerSession alice, PeerSession bob) = await OpenAsync();
        await using (alice)
        await using (bob)
        {
            Task[] work = [.. new[] { alice, bob }.SelectMany(session => new[] { SendAsync(session, PeerLane.Sync), SendAsync(session, PeerLane.Live), ReceiveAsync(session) })];
            await Task.WhenAll(work).WaitAsync(s_patience);
            Assert.Equal(alice.SafetyNumber, bob.SafetyNumber);
            Assert.Equal(2 * Count, alice.GetStatistics().MessagesReceived);
        }

        static async Task SendAsync(PeerSession session, PeerLane lane)
        {
            for (int i = 0; i < Count; i++) await session.SendAsync(Message(lane, i), lane, s_patience);
        }

        static async Task ReceiveAsync(PeerSession session)
        {
            int[] next = new int[3];
            await foreach (PeerMessage message in session.ReadAllAsync(s_patience))
            {
                Assert.Equal(Message(message.Lane, next[(int)message.Lane]++), message.Payload.ToArray());
                if (next[1] == Count && next[2] == Count) return;
            }
        }
    }

    [Fact]
    public async Task Closing_ends_both_sides_with_its_reason()
    {
        (PeerSession alice, PeerSession bob) = await OpenAsync();
        await alice.CloseAsync(SessionCloseReason.InviteUsed);
        await bob.Completion.WaitAsync(s_patience);
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () => await bob.SendAsync(new byte[1], PeerLane.Live, s_patience));
        Assert.Equal(BerOfChatErrorCode.InviteUsed, error.ErrorCode);
        error = await Assert.ThrowsAsync<BerOfChatException>(async () => await alice.SendAsync(new byte[1], PeerLane.Live, s_patience));
        Assert.Equal(BerOfChatErrorCode.Closed, error.ErrorCode);
        await Task.WhenAll(alice.DisposeAsync().AsTask(), alice.DisposeAsync().AsTask(), bob.DisposeAsync().AsTask()).WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_lost_link_is_said_to_be_lost()
    {
        (MemoryLink one, MemoryLink other) = MemoryLink.CreatePair();
        (PeerSession alice, PeerSession bob) = await OpenAsync(one, other);
        await other.DisposeAsync();
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () =>
        {
            await foreach (PeerMessage _ in alice.ReadAllAsync(s_patience)) Assert.Fail("Nothing was sent.");
        });
        Assert.Equal((BerOfChatErrorCode.ConnectionLost, true), (error.ErrorCode, error.IsTransient));
        await alice.DisposeAsync();
        await bob.DisposeAsync();
    }

    [Fact]
    public async Task A_ping_is_answered_while_the_peer_lives()
    {
        (PeerSession alice, PeerSession bob) = await OpenAsync();
        Assert.True(await alice.PingAsync(TimeSpan.FromSeconds(20), s_patience));
        Assert.NotNull(alice.GetStatistics().RoundTripTime);
        await bob.DisposeAsync();
        Assert.False(await alice.PingAsync(TimeSpan.FromSeconds(20), s_patience));
        await alice.DisposeAsync();
    }

    [Fact]
    public async Task Too_large_a_message_is_refused_and_harms_nothing()
    {
        (PeerSession alice, PeerSession bob) = await OpenAsync();
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(async () => await alice.SendAsync(new byte[1_048_577], PeerLane.Sync, s_patience));
        Assert.Equal(BerOfChatErrorCode.MessageTooLarge, error.ErrorCode);
        Assert.True(await alice.PingAsync(TimeSpan.FromSeconds(20), s_patience));
        await alice.DisposeAsync();
        await bob.DisposeAsync();
    }

    private static byte[] Message(PeerLane lane, int i)
    {
        byte[] message = new byte[i * 37 % 40_000];
        new Random(((int)lane * 100_000) + i).NextBytes(message);
        return message;
    }

    private static Task<(PeerSession Alice, PeerSession Bob)> OpenAsync()
    {
        (MemoryLink one, MemoryLink other) = MemoryLink.CreatePair();
        return OpenAsync(one, other);
    }

    private static async Task<(PeerSession Alice, PeerSession Bob)> OpenAsync(MemoryLink one, MemoryLink other)
    {
        Task<PeerSession> alice = PeerSession.EstablishAsync(one, CorePair.Parameters(true, SessionSuite.Pair, CorePair.Alice, null, null), s_patience);
        Task<PeerSession> bob = PeerSession.EstablishAsync(other, CorePair.Parameters(false, SessionSuite.Pair, CorePair.Bob, null, null), s_patience);
        return (await alice, await bob);
    }

    private const int Count = 200;
}
