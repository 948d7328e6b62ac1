using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using BerOfChat;
using BerOfChat.WebRtc;

namespace ConsoleChat.Demo;

/// <summary>One of them: a client over a file of its own, and a loop that reads the room.</summary>
internal sealed class DemoPerson(string name, string directory, Uri signalingAddress) : IAsyncDisposable
{
    private readonly string _password = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _arrivals = new();
    private WebSocketSignaling? _signaling;
    private BerOfChatClient? _client;
    private Room? _room;
    private Task _reading = Task.CompletedTask;

    public string Name => name;

    public BerOfChatClient Client => _client!;

    public Room Room => _room!;

    public string TextOf(int number) => $"{name} {number}";

    /// <summary>Opens the file, with or without a way to meet others.</summary>
    public async Task<BerOfChatClient> OpenAsync(CancellationToken cancellationToken, bool isOnline = true)
    {
        _signaling = isOnline ? new WebSocketSignaling(signalingAddress) : null;
        _client = await BerOfChatClient.OpenAsync(
            new BerOfChatOptions
            {
                Signaling = _signaling,
                Transport = new WebRtcPeerTransport(new PeerConnectionOptions { IncludeLoopback = true }),
                Store = new SqliteMessageStore(Path.Combine(directory, name + ".db")),
                Unlock = Unlock.WithPassword(_password),
            },
            cancellationToken);
        if (_client.Rooms.Count > 0) Enter(_client.Rooms[0]);
        return _client;
    }

    /// <summary>Begins to read the room.</summary>
    public void Enter(Room room)
    {
        _room = room;
        _reading = ReadAsync(room);
    }

    /// <summary>Writes one message and waits until the loops of all others have it. Returns the time between.</summary>
    public async Task<TimeSpan> TellAsync(IEnumerable<DemoPerson> people, int number, CancellationToken cancellationToken)
    {
        string text = TextOf(number);
        Task<long>[] arrivals = [.. people.Where(person => person != this).Select(person => person.Arrival(text).Task)];
        long start = Stopwatch.GetTimestamp();
        await Room.SendAsync(text, cancellationToken);
        long[] ends = await Task.WhenAll(arrivals).WaitAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(start, ends.Max());
    }

    /// <summary>Writes the second half.</summary>
    public async Task WriteRestAsync(CancellationToken cancellationToken)
    {
        for (int i = (DemoScript.MessagesEach / 2) + 1; i <= DemoScript.MessagesEach; i++) await Room.SendAsync(TextOf(i), cancellationToken);
    }

    /// <summary>Waits until this one's loop has had all messages of an author.</summary>
    public async Task WaitForAsync(DemoPerson author, CancellationToken cancellationToken)
    {
        for (int i = 1; i <= DemoScript.MessagesEach; i++) await Arrival(author.TextOf(i)).Task.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until so many are in the room, and all of them are connected with this one.</summary>
    public async Task WaitForEverybodyAsync(int count, CancellationToken cancellationToken)
    {
        var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Room.MembersChanged += Look;
        Look(null, EventArgs.Empty);
        await complete.Task.WaitAsync(cancellationToken);
        Room.MembersChanged -= Look;

        void Look(object? sender, EventArgs e)
        {
            if (Room.Members.Count(member => member.IsConnected) == count) complete.TrySetResult();
        }
    }

    public async Task CloseAsync()
    {
        if (_client is not null) await _client.DisposeAsync();
        if (_signaling is not null) await _signaling.DisposeAsync();
        await _reading;
        _client = null;
        _signaling = null;
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private TaskCompletionSource<long> Arrival(string text) =>
        _arrivals.GetOrAdd(text, _ => new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task ReadAsync(Room room)
    {
        await foreach (RoomMessage message in room.ReadMessagesAsync(RoomPosition.Start)) Arrival(message.Text).TrySetResult(Stopwatch.GetTimestamp());
    }
}
