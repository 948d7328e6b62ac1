using BerOfChat.Primitives;

namespace BerOfChat.Client;

/// <summary>Leaving and being removed while nobody is there to hear of it.</summary>
public sealed class AbsentMembersTests : IDisposable
{
    private readonly ClientWorld _world = new();

    private CancellationToken Token => _world.Token;

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Who_left_while_nobody_was_there_tells_the_others_when_they_meet_also_after_a_restart()
    {
        await using (BerOfChatClient alice = await _world.OpenAsync("alice"))
        await using (BerOfChatClient bob = await _world.OpenAsync("bob"))
        {
            Room atAlice = await alice.CreateRoomAsync("weekend", Token);
            await bob.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token);
        }

        await using (BerOfChatClient bob = await _world.OpenAsync("bob")) await Assert.Single(bob.Rooms).LeaveAsync(Token);
        await using BerOfChatClient aliceAgain = await _world.OpenAsync("alice");
        Room room = Assert.Single(aliceAgain.Rooms);
        Assert.Equal(2, room.Members.Count);
        await using BerOfChatClient bobAgain = await _world.OpenAsync("bob");
        Assert.Equal(RoomState.Left, Assert.Single(bobAgain.Rooms).State);
        await _world.UntilAsync(room, here => here.Members.Count == 1);
    }

    [Fact]
    public async Task Who_was_removed_while_away_is_told_by_a_member_that_did_not_remove_it_and_learns_nothing_else()
    {
        BerOfChatClient alice = await _world.OpenAsync("alice");
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);
        await using BerOfChatClient bob = await _world.OpenAsync("bob");
        Room atBob = await bob.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token);
        PeerId dave;
        await using (BerOfChatClient first = await _world.OpenAsync("dave"))
        {
            dave = first.Id;
            Room atDave = await first.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token);
            await atAlice.SendAsync("hello, Dave", Token);
            await _world.ReadAsync(atDave, 1);
            await _world.UntilAsync(atBob, room => room.Members.Count == 3);
        }

        await atAlice.RemoveMemberAsync(dave, Token);
        await _world.UntilAsync(atBob, room => room.Members.Count == 2);
        await atAlice.SendAsync("about Dave", Token);
        await _world.ReadAsync(atBob, 2);
        Bytes32 later = atBob.Host.Replica.Messages.Single(message => message.Text == "about Dave").Entry.Hash;
        await alice.DisposeAsync();

        await using BerOfChatClient again = await _world.OpenAsync("dave");
        Room room = Assert.Single(again.Rooms);
        Assert.Equal(RoomState.Joined, room.State);
        await _world.UntilAsync(room, here => here.State == RoomState.Removed);
        Assert.Equal(["hello, Dave"], await _world.ReadAsync(room, 1));
        Assert.DoesNotContain(room.Host.Replica.Timeline.Logs.SelectMany(log => log.Entries), entry => entry.Hash == later);
        Assert.Equal(BerOfChatErrorCode.NotAMember, (await Assert.ThrowsAsync<BerOfChatException>(() => room.SendAsync("still here?", Token))).ErrorCode);
    }
}
