namespace BerOfChat.Client;

/// <summary>Four real clients in one process: real UDP on loopback, DTLS, SCTP, sessions and stores.</summary>
public sealed class FourClientsTests : IDisposable
{
    private readonly ClientWorld _world = new();

    private CancellationToken Token => _world.Token;

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Everybody_gets_every_message_once_in_the_same_order_also_when_the_inviter_is_gone()
    {
        BerOfChatClient alice = await _world.OpenAsync();
        await using BerOfChatClient bob = await _world.OpenAsync();
        await using BerOfChatClient carol = await _world.OpenAsync();
        await using BerOfChatClient dave = await _world.OpenAsync();
        Room[] rooms = await MeetAsync(alice, bob, carol, dave);
        await Task.WhenAll(rooms.Select(room => room.SendAsync($"one of {room.Members.Single(member => member.IsSelf).Id}", Token)));
        string[][] displays = await Task.WhenAll(rooms.Select(room => _world.ReadAsync(room, 4)));
        Assert.All(displays, display => Assert.Equal(displays[0], display));
        Assert.Equal(4, displays[0].Distinct().Count());

        await alice.DisposeAsync();
        Room[] others = rooms[1..];
        await Task.WhenAll(others.Select(room => _world.UntilAsync(room, here => here.Members.Count(member => member.IsConnected) == 3)));
        await Task.WhenAll(others.Select(room => room.SendAsync("without Alice", Token)));
        displays = await Task.WhenAll(others.Select(room => _world.ReadAsync(room, 7)));
        Assert.All(displays, display => Assert.Equal(displays[0], display));
    }

    [Fact]
    public async Task Each_leaves_and_returns()
    {
        await using BerOfChatClient alice = await _world.OpenAsync();
        await using BerOfChatClient bob = await _world.OpenAsync();
        await using BerOfChatClient carol = await _world.OpenAsync();
        await using BerOfChatClient dave = await _world.OpenAsync();
        BerOfChatClient[] clients = [alice, bob, carol, dave];
        Room[] rooms = await MeetAsync(clients);
        for (int i = 3; i >= 0; i--)
        {
            await rooms[i].LeaveAsync(Token);
            Room[] others = [.. rooms.Where((_, other) => other != i)];
            await Task.WhenAll(others.Select(room => _world.UntilAsync(room, here => here.Members.Count == 3)));
            Room admin = others.First(room => room.Members.Single(member => member.IsSelf).Role == RoomRole.Admin);
            Assert.Same(rooms[i], await clients[i].JoinRoomAsync(await admin.CreateInviteAsync(cancellationToken: Token), Token));
            await Task.WhenAll(rooms.Select(room => _world.UntilAsync(room, here => here.Members.Count == 4)));
            await rooms[i].SendAsync($"back {i}", Token);
        }

        // Whoever came back last has seen what was written since; whoever never left has seen all.
        await rooms[0].SendAsync("all here", Token);
        await Task.WhenAll(rooms.Select(room => WaitForAsync(room, "all here")));
    }

    [Fact]
    public async Task An_absent_member_catches_up_from_whoever_is_there()
    {
        BerOfChatClient alice = await _world.OpenAsync();
        await using BerOfChatClient bob = await _world.OpenAsync();
        await using BerOfChatClient carol = await _world.OpenAsync();
        BerOfChatClient dave = await _world.OpenAsync("dave");
        Room[] rooms = await MeetAsync(alice, bob, carol, dave);
        await dave.DisposeAsync();
        await rooms[0].SendAsync("while Dave is away", Token);
        await Task.WhenAll(_world.ReadAsync(rooms[1], 1), _world.ReadAsync(rooms[2], 1));
        await alice.DisposeAsync();

        await using BerOfChatClient daveAgain = await _world.OpenAsync("dave");
        Assert.Equal(["while Dave is away"], await _world.ReadAsync(Assert.Single(daveAgain.Rooms), 1));
    }

    /// <summary>Waits until everybody is connected to everybody.</summary>
    private async Task<Room[]> MeetAsync(params BerOfChatClient[] clients)
    {
        List<Room> rooms = [await clients[0].CreateRoomAsync("weekend", Token)];
        RoomInvite invite = await rooms[0].CreateInviteAsync(new RoomInviteOptions { Uses = clients.Length - 1 }, Token);
        foreach (BerOfChatClient client in clients[1..]) rooms.Add(await client.JoinRoomAsync(invite, Token));
        await Task.WhenAll(rooms.Select(room => _world.UntilAsync(room, here => here.Members.Count(member => member.IsConnected) == clients.Length)));
        return [.. rooms];
    }

    private async Task WaitForAsync(Room room, string text)
    {
        await foreach (RoomMessage message in room.ReadMessagesAsync(RoomPosition.Start, Token))
        {
            if (message.Text == text) return;
        }
    }
}
