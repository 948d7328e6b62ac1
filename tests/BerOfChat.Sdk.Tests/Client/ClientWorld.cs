using System.Net;
using BerOfChat.Storage;
using BerOfChat.WebRtc;

namespace BerOfChat.Client;

/// <summary>Real clients in one process: real UDP on loopback, real stores, one signaling service.</summary>
internal sealed class ClientWorld : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));

    public ISignalingTransport Signaling { get; init; } = new InProcessSignaling();

    public CancellationToken Token => _patience.Token;

    public string FileOf(string name) => _directory.File(name + ".db");

    public Task<BerOfChatClient> OpenAsync(string? name = null) => BerOfChatClient.OpenAsync(
        new BerOfChatOptions
        {
            Signaling = Signaling,
            Transport = new WebRtcPeerTransport(new PeerConnectionOptions { BindAddresses = [IPAddress.Loopback] }),
            Store = name is null ? null : new SqliteMessageStore(FileOf(name)),
        },
        Token);

    /// <summary>Waits until something is so that an event of the room speaks of.</summary>
    public async Task UntilAsync(Room room, Func<Room, bool> isSo)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (isSo(room)) done.TrySetResult();
        }

        EventHandler look = (_, _) => Look();
        room.MembersChanged += look;
        room.StateChanged += look;
        Look();
        try
        {
            await done.Task.WaitAsync(Token);
        }
        finally
        {
            room.MembersChanged -= look;
            room.StateChanged -= look;
        }
    }

    /// <summary>Reads until so many messages are there, and gives all of them in the order of display.</summary>
    public async Task<string[]> ReadAsync(Room room, int count)
    {
        List<RoomMessage> messages = [];
        await foreach (RoomMessage message in room.ReadMessagesAsync(RoomPosition.Start, Token))
        {
            messages.Add(message);
            if (messages.Count == count) break;
        }

        return [.. messages.OrderBy(message => message.Order).ThenBy(message => message.Id.ToString(), StringComparer.Ordinal).Select(message => message.Text)];
    }

    public void Dispose()
    {
        _patience.Dispose();
        _directory.Dispose();
    }
}
