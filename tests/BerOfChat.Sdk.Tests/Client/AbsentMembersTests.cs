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
}
