namespace BerOfChat.Client;

/// <summary>Members that have never met, because each was away when the other came or was let in.</summary>
public sealed class DoorsTests : IDisposable
{
    private readonly ClientWorld _world = new();

    private CancellationToken Token => _world.Token;

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_member_that_was_added_while_another_was_away_and_that_other_find_each_other_without_the_inviter()
    {
        BerOfChatClient alice = await _world.OpenAsync("alice");
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);
        await using (BerOfChatClient carol = await _world.OpenAsync("carol")) await carol.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token);
        await using (BerOfChatClient dave = await _world.OpenAsync("dave"))
        {
            Room atDave = await dave.JoinRoomAsync(await atAlice.CreateInviteAsync(cancellationToken: Token), Token);
            await atDave.SendAsync("hello, whoever is there", Token);
        }

        await alice.DisposeAsync();

        // Carol knows nothing of Dave, and waits at no topic where he could find her but her door.
        await using BerOfChatClient carolAgain = await _world.OpenAsync("carol");
        Room atCarol = Assert.Single(carolAgain.Rooms);
        Assert.Equal(2, atCarol.Members.Count);
        await using BerOfChatClient daveAgain = await _world.OpenAsync("dave");
        await _world.UntilAsync(atCarol, room => room.Members.Count == 3);
        Assert.Equal(["hello, whoever is there"], await _world.ReadAsync(atCarol, 1));
        await atCarol.SendAsync("hello, Dave", Token);
        Assert.Equal(["hello, whoever is there", "hello, Dave"], await _world.ReadAsync(Assert.Single(daveAgain.Rooms), 2));
    }
}
