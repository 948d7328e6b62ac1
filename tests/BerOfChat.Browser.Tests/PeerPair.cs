using System.Collections.Concurrent;
using System.Net;
using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>Another stack and a <see cref="PeerConnection"/> that are connected to each other, with a channel for every label.</summary>
internal sealed class PeerPair : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<DataChannel>> _channels = [];
    private readonly ConcurrentDictionary<string, ChannelReader> _readers = [];
    private readonly List<ConnectionStateChangedEventArgs> _states = [];
    private readonly TaskCompletionSource<ConnectionStateChangedEventArgs> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _candidatesComplete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _cancellation;
    private Task _background = Task.CompletedTask;

    private PeerPair(IPeerScript peer, PeerConnection connection, CancellationToken cancellationToken)
    {
        Peer = peer;
        Connection = connection;
        _cancellation = cancellationToken;
        connection.ConnectionStateChanged += (_, e) =>
        {
            lock (_states) _states.Add(e);
            if (e.Reason is not null) _end.TrySetResult(e);
        };
    }

    public IPeerScript Peer { get; }

    public PeerConnection Connection { get; }

    /// <summary>Candidate lines of the peer.</summary>
    public ConcurrentQueue<string> PeersCandidates { get; } = [];

    /// <summary>Completes when the peer's candidates are all there.</summary>
    public Task CandidatesComplete => _candidatesComplete.Task.WaitAsync(_cancellation);

    /// <summary>The answer as its maker wrote it.</summary>
    public string Answer { get; private set; } = "";

    /// <summary>The states that our side has gone through.</summary>
    public PeerConnectionState[] States
    {
        get
        {
            lock (_states) return [.. _states.Select(s => s.State)];
        }
    }

    /// <summary>Connects a new page of a browser.</summary>
    public static async Task<PeerPair> ConnectAsync(Chromium chromium, PairOptions options, CancellationToken cancellationToken) =>
        await ConnectAsync(await chromium.OpenPageAsync(cancellationToken), chromium.Network, options, cancellationToken);

    /// <summary>Connects to a script, which belongs to the pair from then on.</summary>
    public static async Task<PeerPair> ConnectAsync(IPeerScript peer, PeerNetwork network, PairOptions options, CancellationToken cancellationToken)
    {
        IPAddress address = options.UsesIPv6 ? network.Ours6 : network.Ours4;
        PeerPair pair = new(peer, new PeerConnection(new PeerConnectionOptions { BindAddresses = [address], ConsentTimeout = options.ConsentTimeout, UseSnap = options.UseSnap }), cancellationToken);
        try
        {
            await pair.OpenChannelsAsync(options);
            await options.BeforeNegotiation(pair);
            await (options.Offerer == Side.Peer ? pair.AnswerAsync(options) : pair.OfferAsync(options));
            await pair.Connection.WaitForConnectedAsync(cancellationToken);
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>Our end of a channel, as soon as there is one.</summary>
    public Task<DataChannel> GetChannelAsync(string label) => Slot(label).Task.WaitAsync(_cancellation);

    /// <summary>The messages of our end of a channel, one by one.</summary>
    public async Task<ChannelReader> GetReaderAsync(string label)
    {
        DataChannel channel = await GetChannelAsync(label);
        return _readers.GetOrAdd(label, _ => new ChannelReader(channel.ReadAllAsync(_cancellation).GetAsyncEnumerator(_cancellation)));
    }

    /// <summary>Opens a channel from our side.</summary>
    public Task<DataChannel> OpenAsync(string label, ushort? id = null) => OpenAsync(label, new DataChannelInit { NegotiatedId = id });

    public async Task<DataChannel> OpenAsync(string label, DataChannelInit init)
    {
        DataChannel channel = await Connection.CreateDataChannelAsync(label, init, _cancellation);
        Slot(label).SetResult(channel);
        return channel;
    }

    /// <summary>Calls a function of peer.js.</summary>
    public async Task<T> CallAsync<T>(string function, params object?[] arguments) => System.Text.Json.JsonSerializer.Deserialize<T>(await Peer.CallAsync(function, arguments, _cancellation))!;

    /// <summary>Calls a function of peer.js that returns nothing.</summary>
    public Task CallAsync(string function, params object?[] arguments) => Peer.CallAsync(function, arguments, _cancellation);

    /// <summary>Sends both kinds in every size and then many small messages, both ways at once, and compares every byte on both sides.</summary>
    public async Task ExchangeAsync(string label, int seed, IReadOnlyList<int> sizes, int count)
    {
        Task theirs = CallAsync("exchange", label, seed, sizes, count);
        DataChannel channel = await GetChannelAsync(label);
        ChannelReader reader = await GetReaderAsync(label);
        Task sending = SendAsync();
        Task reading = ReadAsync();
        await foreach (Task part in Task.WhenEach(theirs, sending, reading)) await part;

        async Task SendAsync()
        {
            foreach (int size in sizes)
            {
                await channel.SendAsync(Payload.Bytes(seed + 1, size), _cancellation);
                await channel.SendAsync(Payload.Text(seed + 1, size), _cancellation);
            }

            for (int i = 0; i < count; i++) await channel.SendAsync($"{seed + 1} sends {i}", _cancellation);
        }

        async Task ReadAsync()
        {
            foreach (int size in sizes)
            {
                await reader.ExpectAsync(Payload.Bytes(seed, size));
                await reader.ExpectAsync(Payload.Text(seed, size));
            }

            for (int i = 0; i < count; i++) await reader.ExpectAsync($"{seed} sends {i}");
        }
    }

    /// <summary>Waits until our side has ended, and returns why.</summary>
    public Task<ConnectionStateChangedEventArgs> WaitForEndAsync() => _end.Task.WaitAsync(_cancellation);

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Peer.DisposeAsync();
        try
        {
            await _background;
        }
        catch (Exception e) when (e is PeerException or ObjectDisposedException or OperationCanceledException)
        {
            // What was under way when it ended.
        }
    }

    private async Task OpenChannelsAsync(PairOptions options)
    {
        await CallAsync("begin");
        foreach (string label in options.OpenedByPeer) await CallAsync("open", label, null);
        foreach (string label in options.OpenedByUs) await OpenAsync(label);
        foreach ((string label, ushort id) in options.Negotiated)
        {
            await CallAsync("open", label, id);
            await OpenAsync(label, id);
        }
    }

    private async Task AnswerAsync(PairOptions options)
    {
        string offer = await CallAsync<string>("offer");
        if (options.DtlsClient == Side.Peer) offer = ActiveOffer(offer);
        await Connection.SetRemoteDescriptionAsync(new SessionDescription(SessionDescriptionType.Offer, options.TowardsUs(offer)), _cancellation);
        SessionDescription answer = await Connection.CreateAnswerAsync(_cancellation);
        Answer = answer.Sdp;
        await Connection.SetLocalDescriptionAsync(answer, _cancellation);
        await CallAsync("accept", options.TowardsPeer(answer.Sdp));
        _background = Task.WhenAll(TakeCandidatesAsync(), GiveCandidatesAsync(options), TakeChannelsAsync());
    }

    private async Task OfferAsync(PairOptions options)
    {
        SessionDescription offer = await Connection.CreateOfferAsync(_cancellation);
        await Connection.SetLocalDescriptionAsync(offer, _cancellation);
        Answer = await CallAsync<string>("answer", options.TowardsPeer(options.DtlsClient == Side.We ? ActiveOffer(offer.Sdp) : offer.Sdp));
        await Connection.SetRemoteDescriptionAsync(new SessionDescription(SessionDescriptionType.Answer, options.TowardsUs(Answer)), _cancellation);
        _background = Task.WhenAll(TakeCandidatesAsync(), GiveCandidatesAsync(options), TakeChannelsAsync());
    }

    private static string ActiveOffer(string offer)
    {
        Assert.Contains("a=setup:actpass", offer, StringComparison.Ordinal);
        return offer.Replace("a=setup:actpass", "a=setup:active", StringComparison.Ordinal);
    }

    private async Task TakeCandidatesAsync()
    {
        await foreach (string candidate in Peer.ReadCandidatesAsync(_cancellation))
        {
            PeersCandidates.Enqueue(candidate);
            await Connection.AddIceCandidateAsync(candidate, _cancellation);
        }

        await Connection.AddIceCandidateAsync("", _cancellation);
        _candidatesComplete.SetResult();
    }

    private async Task GiveCandidatesAsync(PairOptions options)
    {
        await foreach (string candidate in Connection.ReadLocalCandidatesAsync(_cancellation)) await CallAsync("addCandidate", options.CandidateTowardsPeer(candidate));
    }

    private async Task TakeChannelsAsync()
    {
        await foreach (DataChannel channel in Connection.ReadDataChannelsAsync(_cancellation)) Slot(channel.Label).SetResult(channel);
    }

    private TaskCompletionSource<DataChannel> Slot(string label) => _channels.GetOrAdd(label, _ => new TaskCompletionSource<DataChannel>(TaskCreationOptions.RunContinuationsAsynchronously));
}
