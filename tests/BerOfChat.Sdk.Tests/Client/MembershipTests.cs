namespace BerOfChat.Client;

/// <summary>Leaving, removing and coming back, as an application sees it.</summary>
public sealed class MembershipTests : IDisposable
{
    private readonly ClientWorld _world = new();

    private CancellationToken Token => _world.Token;

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Who_leaves_reads_on_but_writes_no_more_and_comes_back_with_a_new_invitation()
    {
        await using BerOfChatClient alice = await _world.OpenAsync();
        await using BerOfChatClient bob = await _world.OpenAsync("bob");
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);
        Room atBob = await bob.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token);
        List<RoomMemberChangedEventArgs> news = [];
        atAlice.MemberChanged += (_, e) => news.Add(e);
        await atAlice.SendAsync("one", Token);
        await _world.ReadAsync(atBob, 1);

        await atBob.LeaveAsync(Token);
        await atBob.LeaveAsync(Token);
        Assert.Equal(RoomState.Left, atBob.State);
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(() => atBob.SendAsync("late", Token));
        Assert.Equal(BerOfChatErrorCode.NotAMember, error.ErrorCode);
        await _world.UntilAsync(atAlice, room => room.Members.Count == 1);
        await atAlice.SendAsync("not for Bob", Token);
        Assert.Equal(["one"], await _world.ReadAsync(atBob, 1));

        Assert.Same(atBob, await bob.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token));
        Assert.Equal(RoomState.Joined, atBob.State);
        await atAlice.SendAsync("again", Token);
        Assert.Equal(["one", "again"], await _world.ReadAsync(atBob, 2));      // an answer to what was not read has no place behind it
        await atBob.SendAsync("thanks", Token);
        Assert.Equal(["one", "again", "thanks"], await _world.ReadAsync(atBob, 3));
        Assert.Equal(["one", "not for Bob", "again", "thanks"], await _world.ReadAsync(atAlice, 4));
        Assert.Equal([RoomMemberChange.Left, RoomMemberChange.Joined], news.Select(change => change.Change));
        Assert.All(news, change => Assert.Equal(bob.Id, change.Member));
    }

    [Fact]
    public async Task Who_is_removed_learns_of_it_and_an_old_invitation_does_not_lead_back()
    {
        await using BerOfChatClient alice = await _world.OpenAsync();
        await using BerOfChatClient bob = await _world.OpenAsync();
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);
        RoomInvite invite = await atAlice.CreateInviteAsync(new RoomInviteOptions { Uses = 0 }, Token);
        Room atBob = await bob.JoinRoomAsync(invite, Token);
        Assert.Equal([RoomRole.Admin, RoomRole.Member], atBob.Members.OrderBy(member => member.Role).Select(member => member.Role));

        Task removed = _world.UntilAsync(atBob, room => room.State == RoomState.Removed);
        await atAlice.RemoveMemberAsync(bob.Id, Token);
        await removed;
        Assert.Equal(BerOfChatErrorCode.NotAMember, (await Assert.ThrowsAsync<BerOfChatException>(() => atBob.SendAsync("late", Token))).ErrorCode);
        Assert.Equal(BerOfChatErrorCode.InviteRevoked, (await Assert.ThrowsAsync<BerOfChatException>(() => bob.JoinRoomAsync(invite, Token))).ErrorCode);

        Assert.Same(atBob, await bob.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token));
        await atBob.SendAsync("again", Token);
        Assert.Equal(["again"], await _world.ReadAsync(atAlice, 1));
    }

    [Fact]
    public async Task Only_admins_remove_invite_and_change_roles_and_nobody_removes_the_creator_or_itself()
    {
        await using BerOfChatClient alice = await _world.OpenAsync();
        await using BerOfChatClient bob = await _world.OpenAsync();
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);
        Room atBob = await bob.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token);

        await AssertFailsAsync(BerOfChatErrorCode.NotPermitted, () => atBob.RemoveMemberAsync(alice.Id, Token));
        await AssertFailsAsync(BerOfChatErrorCode.NotPermitted, () => atBob.CreateInviteAsync(cancellationToken: Token));
        await AssertFailsAsync(BerOfChatErrorCode.NotPermitted, () => atBob.SetRoleAsync(bob.Id, RoomRole.Admin, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => atBob.RemoveMemberAsync(bob.Id, Token));

        await atAlice.SetRoleAsync(bob.Id, RoomRole.Admin, Token);
        await _world.UntilAsync(atBob, room => room.Members.All(member => member.Role == RoomRole.Admin));
        await AssertFailsAsync(BerOfChatErrorCode.NotPermitted, () => atBob.RemoveMemberAsync(alice.Id, Token));
        await AssertFailsAsync(BerOfChatErrorCode.NotPermitted, () => atBob.SetRoleAsync(alice.Id, RoomRole.Member, Token));
        await using BerOfChatClient carol = await _world.OpenAsync();
        await AssertFailsAsync(BerOfChatErrorCode.MemberUnknown, () => atBob.RemoveMemberAsync(carol.Id, Token));
        Room atCarol = await carol.JoinRoomAsync(await atBob.CreateInviteAsync(cancellationToken: Token), Token);
        await _world.UntilAsync(atAlice, room => room.Members.Count == 3);
        await atAlice.RemoveMemberAsync(carol.Id, Token);
        await _world.UntilAsync(atCarol, room => room.State == RoomState.Removed);
    }

    private static async Task AssertFailsAsync(BerOfChatErrorCode code, Func<Task> act) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<BerOfChatException>(act)).ErrorCode);
}
