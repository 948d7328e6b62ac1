using System.Collections.Concurrent;
using System.Net;
using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>Who.</summary>
public enum Side
{
    Chromium,
    We,
}

/// <summary>How a connection between a page and us comes about.</summary>
internal sealed record PairOptions
{
    public Side Offerer { get; init; } = Side.Chromium;

    /// <summary>Who starts the DTLS handshake. Everybody offers the choice and answers "active"; for the other way the offer says "active" itself, and the answer has to be "passive".</summary>
    public Side DtlsClient { get; init; } = Side.We;

    public bool UsesIPv6 { get; init; }

    /// <summary>Changes the description on its way to the page.</summary>
    public Func<string, string> TowardsChromium { get; init; } = sdp => sdp;

    /// <summary>Changes the description on its way to us.</summary>
    public Func<string, string> TowardsUs { get; init; } = sdp => sdp;

    /// <summary>Labels of the channels that either side opens before the negotiation.</summary>
    public IReadOnlyList<string> OpenedByChromium { get; init; } = ["hers"];

    public IReadOnlyList<string> OpenedByUs { get; init; } = ["ours"];

    /// <summary>Labels and ids of the channels that both sides open by agreement.</summary>
    public IReadOnlyList<(string Label, ushort Id)> Negotiated { get; init; } = [];
}

/// <summary>A page and a <see cref="PeerConnection"/> that are connected to each other, with a channel for every label.</summary>
internal sealed class BrowserPair : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<DataChannel>> _channels = [];
    private readonly ConcurrentDictionary<string, ChannelReader> _readers = [];
    private readonly List<ConnectionStateChangedEventArgs> _states = [];
    private readonly TaskCompletionSource<ConnectionStateChangedEventArgs> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _candidatesComplete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _cancellation;
    private Task _background = Task.CompletedTask;

    private BrowserPair(BrowserPage page, PeerConnection connection, CancellationToken cancellationToken)
    {
        Page = page;
        Connection = connection;
        _cancellation = cancellationToken;
        connection.ConnectionStateChanged += (_, e) =>
        {
            lock (_states) _states.Add(e);
            if (e.Reason is not null) _end.TrySetResult(e);
        };
    }

    public BrowserPage Page { get; }

    public PeerConnection Connection { get; }

    /// <summary>Candidate lines of the browser.</summary>
    public ConcurrentQueue<string> ChromiumsCandidates { get; } = [];

    /// <summary>Completes when the browser's candidates are all there.</summary>
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

    /// <summary>Connects.</summary>
    public static async Task<BrowserPair> ConnectAsync(Chromium chromium, PairOptions options, CancellationToken cancellationToken)
    {
        IPAddress address = options.UsesIPv6 ? chromium.Network.Ours6 : chromium.Network.Ours4;
        BrowserPair pair = new(await chromium.OpenPageAsync(cancellationToken), new PeerConnection(new PeerConnectionOptions { BindAddresses = [address] }), cancellationToken);
        try
        {
            await pair.OpenChannelsAsync(options);
            await (options.Offerer == Side.Chromium ? pair.AnswerAsync(options) : pair.OfferAsync(options));
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
    public async Task<DataChannel> OpenAsync(string label, ushort? id = null)
    {
        DataChannel channel = await Connection.CreateDataChannelAsync(label, new DataChannelInit { NegotiatedId = id }, _cancellation);
        Slot(label).SetResult(channel);
        return channel;
    }

    /// <summary>Calls a function of page.js.</summary>
    public async Task<T> CallAsync<T>(string function, params object?[] arguments) => System.Text.Json.JsonSerializer.Deserialize<T>(await Page.CallAsync(function, arguments, _cancellation))!;

    /// <summary>Calls a function of page.js that returns nothing.</summary>
    public Task CallAsync(string function, params object?[] arguments) => Page.CallAsync(function, arguments, _cancellation);

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
        await Page.DisposeAsync();
        try
        {
            await _background;
        }
        catch (Exception e) when (e is BrowserException or ObjectDisposedException or OperationCanceledException)
        {
            // What was under way when it ended.
        }
    }

    private async Task OpenChannelsAsync(PairOptions options)
    {
        await CallAsync("begin");
        foreach (string label in options.OpenedByChromium) await CallAsync("open", label, null);
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
        if (options.DtlsClient == Side.Chromium) offer = ActiveOffer(offer);
        await Connection.SetRemoteDescriptionAsync(new SessionDescription(SessionDescriptionType.Offer, options.TowardsUs(offer)), _cancellation);
        SessionDescription answer = await Connection.CreateAnswerAsync(_cancellation);
        Answer = answer.Sdp;
        await Connection.SetLocalDescriptionAsync(answer, _cancellation);
        await CallAsync("accept", options.TowardsChromium(answer.Sdp));
        _background = Task.WhenAll(TakeCandidatesAsync(), GiveCandidatesAsync(), TakeChannelsAsync());
    }

    private async Task OfferAsync(PairOptions options)
    {
        SessionDescription offer = await Connection.CreateOfferAsync(_cancellation);
        await Connection.SetLocalDescriptionAsync(offer, _cancellation);
        Answer = await CallAsync<string>("answer", options.TowardsChromium(options.DtlsClient == Side.We ? ActiveOffer(offer.Sdp) : offer.Sdp));
        await Connection.SetRemoteDescriptionAsync(new SessionDescription(SessionDescriptionType.Answer, options.TowardsUs(Answer)), _cancellation);
        _background = Task.WhenAll(TakeCandidatesAsync(), GiveCandidatesAsync(), TakeChannelsAsync());
    }

    private static string ActiveOffer(string offer)
    {
        Assert.Contains("a=setup:actpass", offer, StringComparison.Ordinal);
        return offer.Replace("a=setup:actpass", "a=setup:active", StringComparison.Ordinal);
    }

    private async Task TakeCandidatesAsync()
    {
        await foreach (string candidate in Page.ReadCandidatesAsync(_cancellation))
        {
            ChromiumsCandidates.Enqueue(candidate);
            await Connection.AddIceCandidateAsync(candidate, _cancellation);
        }

        await Connection.AddIceCandidateAsync("", _cancellation);
        _candidatesComplete.SetResult();
    }

    private async Task GiveCandidatesAsync()
    {
        await foreach (string candidate in Connection.ReadLocalCandidatesAsync(_cancellation)) await CallAsync("addCandidate", candidate);
    }

    private async Task TakeChannelsAsync()
    {
        await foreach (DataChannel channel in Connection.ReadDataChannelsAsync(_cancellation)) Slot(channel.Label).SetResult(channel);
    }

    private TaskCompletionSource<DataChannel> Slot(string label) => _channels.GetOrAdd(label, _ => new TaskCompletionSource<DataChannel>(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>The messages of one channel.</summary>
internal sealed class ChannelReader(IAsyncEnumerator<DataChannelMessage> messages)
{
    public async Task ExpectAsync(byte[] expected)
    {
        Assert.True(await messages.MoveNextAsync());
        Assert.Equal(DataChannelMessageKind.Binary, messages.Current.Kind);
        Assert.True(messages.Current.Payload.Span.SequenceEqual(expected), $"Binary of {expected.Length} bytes differs; {messages.Current.Payload.Length} came.");
    }

    public async Task ExpectAsync(string expected)
    {
        Assert.True(await messages.MoveNextAsync());
        Assert.Equal(DataChannelMessageKind.Text, messages.Current.Kind);
        if (messages.Current.Text != expected) Assert.Fail($"Text of {expected.Length} characters differs; {messages.Current.Text.Length} came.");
    }

    /// <summary>The channel must end now, with nothing left.</summary>
    public async Task ExpectEndAsync() => Assert.False(await messages.MoveNextAsync());
}
