namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>Two connections that have found each other, with one negotiated channel.</summary>
internal sealed class ConnectedPair : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(20));

    private ConnectedPair(PeerConnectionOptions offerer, PeerConnectionOptions answerer)
    {
        Offerer = new PeerConnection(offerer);
        Answerer = new PeerConnection(answerer);
    }

    public PeerConnection Offerer { get; }

    public PeerConnection Answerer { get; }

    public DataChannel A { get; private set; } = null!;

    public DataChannel B { get; private set; } = null!;

    public CancellationToken Token => _patience.Token;

    public static Task<ConnectedPair> OpenAsync(PeerConnectionOptions options) => OpenAsync(options, options);

    public static async Task<ConnectedPair> OpenAsync(PeerConnectionOptions offerer, PeerConnectionOptions answerer)
    {
        ConnectedPair pair = new(offerer, answerer);
        pair.A = await pair.Offerer.CreateDataChannelAsync("boc", new DataChannelInit { NegotiatedId = 0 });
        pair.B = await pair.Answerer.CreateDataChannelAsync("boc", new DataChannelInit { NegotiatedId = 0 });
        SessionDescription offer = await pair.Offerer.CreateOfferAsync(pair.Token);
        await pair.Offerer.SetLocalDescriptionAsync(offer, pair.Token);
        await pair.Answerer.SetRemoteDescriptionAsync(offer, pair.Token);
        SessionDescription answer = await pair.Answerer.CreateAnswerAsync(pair.Token);
        await pair.Answerer.SetLocalDescriptionAsync(answer, pair.Token);
        await pair.Offerer.SetRemoteDescriptionAsync(answer, pair.Token);
        await Task.WhenAll(TrickleAsync(pair.Offerer, pair.Answerer, pair.Token), TrickleAsync(pair.Answerer, pair.Offerer, pair.Token));
        await pair.A.WaitForOpenAsync(pair.Token);
        await pair.B.WaitForOpenAsync(pair.Token);
        return pair;
    }

    public static async Task TrickleAsync(PeerConnection from, PeerConnection to, CancellationToken cancellationToken)
    {
        await foreach (string candidate in from.ReadLocalCandidatesAsync(cancellationToken)) await to.AddIceCandidateAsync(candidate, cancellationToken);
        await to.AddIceCandidateAsync("", cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Offerer.DisposeAsync();
        await Answerer.DisposeAsync();
        _patience.Dispose();
    }
}
