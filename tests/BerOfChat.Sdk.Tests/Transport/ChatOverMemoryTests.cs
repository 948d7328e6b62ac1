using BerOfChat.Testing.Transport;

namespace BerOfChat.Sdk.Tests.Transport;

/// <summary>Two clients over the transport in memory: everything above the transport is real, and there is no socket.</summary>
public sealed class ChatOverMemoryTests : IDisposable
{
    private readonly InMemoryPeerTransport _transport = new();
    private readonly InProcessSignaling _signaling = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task Two_people_chat_without_a_socket()
    {
        await using BerOfChatClient alice = await OpenAsync();
        await using BerOfChatClient bob = await OpenAsync();
        Room atAlice = await alice.CreateRoomAsync("weekend", _patience.Token);
        RoomInvite invite = await atAlice.CreateInviteAsync(cancellationToken: _patience.Token);
        Room atBob = await bob.JoinRoomAsync(invite, _patience.Token);
        for (int i = 0; i < 50; i++)
        {
            await atAlice.SendAsync($"a{i}", _patience.Token);
            await atBob.SendAsync($"b{i}", _patience.Token);
        }

        string[] expected = [.. Enumerable.Range(0, 50).SelectMany(i => new[] { $"a{i}", $"b{i}" }).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, (await ReadAsync(atAlice, 100)).Order(StringComparer.Ordinal));
        Assert.Equal(expected, (await ReadAsync(atBob, 100)).Order(StringComparer.Ordinal));
        PeerLinkStatistics link = Assert.Single(alice.GetConnections()).Statistics.Link;
        Assert.Null(link.LocalCandidateType);
        Assert.True(link.BytesSent > 0 && link.BytesReceived > 0);
    }

    private Task<BerOfChatClient> OpenAsync() => BerOfChatClient.OpenAsync(new BerOfChatOptions { Signaling = _signaling, Transport = _transport }, _patience.Token);

    private async Task<List<string>> ReadAsync(Room room, int count)
    {
        List<string> texts = [];
        await foreach (RoomMessage message in room.ReadMessagesAsync(RoomPosition.Start, _patience.Token))
        {
            texts.Add(message.Text);
            if (texts.Count == count) break;
        }

        return texts;
    }
}
