using System.Net;
using BerOfChat.Storage;
using BerOfChat.WebRtc;

namespace BerOfChat.Client;

/// <summary>Two clients over real UDP on loopback, with real DTLS, SCTP, sessions and stores.</summary>
public sealed class TwoClientsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly InProcessSignaling _signaling = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    private CancellationToken Token => _patience.Token;

    public void Dispose()
    {
        _patience.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Two_people_chat()
    {
        await using BerOfChatClient alice = await OpenAsync(null);
        await using BerOfChatClient bob = await OpenAsync(null);
        (Room atAlice, Room atBob) = await MeetAsync(alice, bob);

        await atAlice.SendAsync("hello", Token);
        RoomMessage hello = await NextAsync(atBob, RoomPosition.Start);
        Assert.Equal(("hello", alice.Id, false), (hello.Text, hello.Sender, hello.IsMine));
        await atBob.SendAsync("hi", Token);
        RoomMessage hi = await NextAsync(atAlice, new RoomPosition(1));
        Assert.Equal(("hi", bob.Id), (hi.Text, hi.Sender));

        Assert.Equal(atAlice.Id, atBob.Id);
        Assert.Equal("weekend", atBob.Title);
        Assert.Equal([true, true], atAlice.Members.Select(member => member.IsConnected));
        PeerConnectionInfo connection = Assert.Single(alice.GetConnections());
        Assert.Equal(bob.Id, connection.Peer.Id);
        Assert.Equal("host", connection.Statistics.Link.LocalCandidateType);
        Assert.Equal(connection.SafetyNumber, Assert.Single(bob.GetConnections()).SafetyNumber);
    }

    [Fact]
    public async Task A_delivered_message_is_marked_once()
    {
        await using BerOfChatClient alice = await OpenAsync(null);
        await using BerOfChatClient bob = await OpenAsync(null);
        (Room atAlice, _) = await MeetAsync(alice, bob);
        TaskCompletionSource<MessageDeliveredEventArgs> delivered = new();
        atAlice.MessageDelivered += (_, e) => delivered.SetResult(e);
        RoomMessageId id = await atAlice.SendAsync("hello", Token);
        MessageDeliveredEventArgs mark = await delivered.Task.WaitAsync(Token);
        Assert.Equal((id, bob.Id), (mark.Message, mark.Peer));
    }

    [Fact]
    public async Task What_was_written_while_the_other_was_away_arrives_after_a_restart_of_both()
    {
        (Room Alice, Room Bob) rooms;
        await using (BerOfChatClient alice = await OpenAsync("alice.db"))
        {
            await using (BerOfChatClient bob = await OpenAsync("bob.db"))
            {
                rooms = await MeetAsync(alice, bob);
                await rooms.Alice.SendAsync("one", Token);
                await NextAsync(rooms.Bob, RoomPosition.Start);
            }

            await rooms.Alice.SendAsync("two", Token);
        }

        await using BerOfChatClient aliceAgain = await OpenAsync("alice.db");
        await using BerOfChatClient bobAgain = await OpenAsync("bob.db");
        Room atBob = Assert.Single(bobAgain.Rooms);
        Assert.Equal("two", (await NextAsync(atBob, new RoomPosition(1))).Text);
        await atBob.SendAsync("three", Token);
        Assert.Equal("three", (await NextAsync(Assert.Single(aliceAgain.Rooms), new RoomPosition(2))).Text);

        List<string> history = [];
        await foreach (RoomMessage message in atBob.ReadHistoryAsync(RoomPosition.Start, Token)) history.Add(message.Text);
        Assert.Equal(["one", "two", "three"], history);
    }

    [Fact]
    public async Task Two_devices_that_share_rooms_call_each_other_through_one_of_them_at_a_time()
    {
        var calls = new CountingTransport(NewTransport());
        await using BerOfChatClient alice = await OpenAsync("alice.db", transport: calls);
        await using (BerOfChatClient bob = await OpenAsync("bob.db", transport: calls))
        {
            for (int i = 0; i < 5; i++) await MeetAsync(alice, bob);
        }

        calls.Reset();
        await using BerOfChatClient bobAgain = await OpenAsync("bob.db", transport: calls);
        await Task.WhenAll(alice.Rooms.Select((room, i) => room.SendAsync($"in {i}", Token)));
        foreach (Room room in bobAgain.Rooms) await NextAsync(room, RoomPosition.Start);
        Assert.Equal(1, calls.MostOffersAtATime);
    }

    [Fact]
    public async Task An_invitation_for_one_lets_in_one()
    {
        await using BerOfChatClient alice = await OpenAsync(null);
        await using BerOfChatClient bob = await OpenAsync(null);
        await using BerOfChatClient carol = await OpenAsync(null);
        Room room = await alice.CreateRoomAsync("weekend", Token);
        RoomInvite invite = await room.CreateInviteAsync(cancellationToken: Token);
        await bob.JoinRoomAsync(invite, Token);
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(() => carol.JoinRoomAsync(invite, Token));
        Assert.Equal(BerOfChatErrorCode.InviteUsed, error.ErrorCode);
        Assert.Empty(carol.Rooms);
        Assert.Equal(2, room.Members.Count);
    }

    [Fact]
    public async Task Three_people_chat_in_one_room()
    {
        await using BerOfChatClient alice = await OpenAsync(null);
        await using BerOfChatClient bob = await OpenAsync(null);
        await using BerOfChatClient carol = await OpenAsync(null);
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);
        RoomInvite invite = await atAlice.CreateInviteAsync(new RoomInviteOptions { Uses = 2 }, Token);
        Room atBob = await bob.JoinRoomAsync(invite, Token);
        Room atCarol = await carol.JoinRoomAsync(invite, Token);
        await Task.WhenAll(WaitForMembersAsync(atAlice, 3), WaitForMembersAsync(atBob, 3));
        await atCarol.SendAsync("hello", Token);
        Assert.Equal(carol.Id, (await NextAsync(atAlice, RoomPosition.Start)).Sender);
        Assert.Equal(carol.Id, (await NextAsync(atBob, RoomPosition.Start)).Sender);
    }

    [Fact]
    public async Task The_signaling_service_sees_nothing_of_a_chat_but_topics_and_sealed_bytes()
    {
        var spy = new RecordingSignaling();
        await using BerOfChatClient alice = await OpenAsync("alice.db", spy);
        Room atAlice;
        await using (BerOfChatClient bob = await OpenAsync("bob.db", spy))
        {
            (atAlice, Room atBob) = await MeetAsync(alice, bob);
            await atAlice.SendAsync("nobody else may read this", Token);
            await NextAsync(atBob, RoomPosition.Start);
        }

        // They meet a second time, now as members.
        await using BerOfChatClient bobAgain = await OpenAsync("bob.db", spy);
        await atAlice.SendAsync("nor this", Token);
        await NextAsync(bobAgain.Rooms[0], new RoomPosition(1));

        List<byte[]> secrets = [.. new[] { "nobody else", "nor this", "weekend", "candidate", "a=ice", "v=0", "fingerprint", "127.0.0.1", "boc1" }.Select(System.Text.Encoding.UTF8.GetBytes)];
        byte[] id = new byte[32];
        foreach (PeerIdentity peer in new[] { alice.GetConnections()[0].Peer, bobAgain.GetConnections()[0].Peer })
        {
            peer.Id.CopyTo(id);
            secrets.Add([.. id]);
            peer.Device.CopyTo(id);
            secrets.Add([.. id]);
        }

        atAlice.Id.CopyTo(id);
        secrets.Add([.. id]);
        byte[][] seen = [.. spy.Seen];
        Assert.True(seen.Length > 10, "The chat went past the spy.");
        foreach (byte[] secret in secrets) Assert.DoesNotContain(seen, bytes => bytes.AsSpan().IndexOf(secret) >= 0);
        Assert.All(seen.Where(bytes => bytes.Length > 32), envelope => Assert.Equal(0, (envelope.Length - 62) % 512));
    }

    [Fact]
    public async Task Closing_twice_and_while_reading_ends_the_streams()
    {
        BerOfChatClient alice = await OpenAsync(null);
        Room room = await alice.CreateRoomAsync("weekend", Token);
        await room.SendAsync("hello", Token);
        IAsyncEnumerator<RoomMessage> reading = room.ReadMessagesAsync(RoomPosition.Start, Token).GetAsyncEnumerator(Token);
        Assert.True(await reading.MoveNextAsync());
        ValueTask<bool> next = reading.MoveNextAsync();
        await Task.WhenAll(alice.DisposeAsync().AsTask(), alice.DisposeAsync().AsTask());
        Assert.False(await next);
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(() => room.SendAsync("late", Token));
        Assert.Equal(BerOfChatErrorCode.Closed, error.ErrorCode);
    }

    private async Task WaitForMembersAsync(Room room, int count)
    {
        TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        EventHandler look = (_, _) =>
        {
            if (room.Members.Count >= count) complete.TrySetResult();
        };
        room.MembersChanged += look;
        look(room, EventArgs.Empty);
        await complete.Task.WaitAsync(Token);
        room.MembersChanged -= look;
    }

    private async Task<(Room Alice, Room Bob)> MeetAsync(BerOfChatClient alice, BerOfChatClient bob)
    {
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);
        RoomInvite invite = await atAlice.CreateInviteAsync(cancellationToken: Token);
        return (atAlice, await bob.JoinRoomAsync(RoomInvite.Parse(invite.ToString()), Token));
    }

    private async Task<RoomMessage> NextAsync(Room room, RoomPosition from)
    {
        await foreach (RoomMessage message in room.ReadMessagesAsync(from, Token)) return message;
        throw new InvalidOperationException("The stream has ended.");
    }

    private static WebRtcPeerTransport NewTransport() => new(new PeerConnectionOptions { BindAddresses = [IPAddress.Loopback] });

    private Task<BerOfChatClient> OpenAsync(string? file, ISignalingTransport? signaling = null, IPeerTransport? transport = null) => BerOfChatClient.OpenAsync(
        new BerOfChatOptions
        {
            Signaling = signaling ?? _signaling,
            Transport = transport ?? NewTransport(),
            Store = file is null ? null : new SqliteMessageStore(_directory.File(file)),
            Unlock = file is null ? Unlock.FilePermissionsOnly : Unlock.WithPassword("correct horse"),
        },
        Token);
}
