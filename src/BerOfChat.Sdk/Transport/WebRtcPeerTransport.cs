using BerOfChat.WebRtc;

namespace BerOfChat;

/// <summary>Connects devices by WebRTC data channels: the default transport.</summary>
public sealed class WebRtcPeerTransport : IPeerTransport
{
    private readonly PeerConnectionOptions _options;

    /// <summary>Makes a transport; nothing is opened before devices connect.</summary>
    /// <param name="options">How connections are made; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range, or two do not fit each other.</exception>
    public WebRtcPeerTransport(PeerConnectionOptions? options = null)
    {
        _options = options ?? new PeerConnectionOptions();
        _options.Validate();
    }

    /// <inheritdoc/>
    public ValueTask<IPeerLink> ConnectAsync(PeerLinkRole role, INegotiationChannel negotiation, CancellationToken cancellationToken = default) =>
        ConnectAsync(role, negotiation, static _ => { }, cancellationToken);

    /// <summary>The same, but with more or less patience.</summary>
    internal WebRtcPeerTransport WithPathTimeout(TimeSpan timeout) => new(_options with { PathTimeout = timeout });

    internal async ValueTask<IPeerLink> ConnectAsync(PeerLinkRole role, INegotiationChannel negotiation, Action<ConnectionStage> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(negotiation);
        var connection = new PeerConnection(_options);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task exchanging = Task.CompletedTask;
        try
        {
            var channels = new DataChannel[LaneCount];
            for (ushort lane = 0; lane < LaneCount; lane++)
                channels[lane] = await connection.CreateDataChannelAsync("boc", new DataChannelInit { NegotiatedId = lane }, attempt.Token).ConfigureAwait(false);

            exchanging = ExchangeAsync(connection, role, negotiation, attempt.Token);
            await UnlessAsync(connection.WaitForPathAsync(attempt.Token), exchanging).ConfigureAwait(false);
            report(ConnectionStage.Path);
            await UnlessAsync(connection.WaitForConnectedAsync(attempt.Token), exchanging).ConfigureAwait(false);
            foreach (DataChannel channel in channels) await channel.WaitForOpenAsync(attempt.Token).ConfigureAwait(false);
            report(ConnectionStage.Transport);
            PeerConnectionStatistics statistics = await connection.GetStatisticsAsync(attempt.Token).ConfigureAwait(false);
            return new WebRtcPeerLink(connection, channels, statistics);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (e is WebRtcException failure) throw Translate(failure);
            throw;
        }
        finally
        {
            await attempt.CancelAsync().ConfigureAwait(false);
            await exchanging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal static BerOfChatException Translate(WebRtcException failure) => new(
        failure.ErrorCode == WebRtcErrorCode.Closed ? BerOfChatErrorCode.ConnectionLost : BerOfChatErrorCode.ConnectionFailed, failure.Message, failure.IsTransient, failure);

    /// <summary>Waits for a step of the connection, and fails at once when the exchange of descriptions does.</summary>
    private static async Task UnlessAsync(Task step, Task exchanging)
    {
        Task first = await Task.WhenAny(step, exchanging).ConfigureAwait(false);
        if (first == exchanging) await exchanging.ConfigureAwait(false);
        await step.ConfigureAwait(false);
    }

    private static async Task ExchangeAsync(PeerConnection connection, PeerLinkRole role, INegotiationChannel negotiation, CancellationToken cancellationToken)
    {
        Task sending = Task.CompletedTask;
        if (role == PeerLinkRole.Offerer)
        {
            SessionDescription offer = await connection.CreateOfferAsync(cancellationToken).ConfigureAwait(false);
            await connection.SetLocalDescriptionAsync(offer, cancellationToken).ConfigureAwait(false);
            await negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, offer.Sdp), cancellationToken).ConfigureAwait(false);
            sending = SendCandidatesAsync(connection, negotiation, cancellationToken);
        }

        await foreach (NegotiationMessage message in negotiation.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            if (message.Kind != NegotiationMessageKind.Description)
            {
                await AddCandidateAsync(connection, message, cancellationToken).ConfigureAwait(false);
                continue;
            }

            SessionDescriptionType type = role == PeerLinkRole.Offerer ? SessionDescriptionType.Answer : SessionDescriptionType.Offer;
            await connection.SetRemoteDescriptionAsync(new SessionDescription(type, message.Value), cancellationToken).ConfigureAwait(false);
            if (role == PeerLinkRole.Offerer) continue;

            SessionDescription answer = await connection.CreateAnswerAsync(cancellationToken).ConfigureAwait(false);
            await connection.SetLocalDescriptionAsync(answer, cancellationToken).ConfigureAwait(false);
            await negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, answer.Sdp), cancellationToken).ConfigureAwait(false);
            sending = SendCandidatesAsync(connection, negotiation, cancellationToken);
        }

        await sending.ConfigureAwait(false);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    private static async Task AddCandidateAsync(PeerConnection connection, NegotiationMessage message, CancellationToken cancellationToken)
    {
        try
        {
            string candidate = message.Kind == NegotiationMessageKind.EndOfCandidates ? "" : message.Value;
            await connection.AddIceCandidateAsync(candidate, cancellationToken).ConfigureAwait(false);
        }
        catch (WebRtcException e) when (e.ErrorCode == WebRtcErrorCode.InvalidDescription)
        {
            // One candidate that cannot be read is one address less, not the end.
        }
    }

    private static async Task SendCandidatesAsync(PeerConnection connection, INegotiationChannel negotiation, CancellationToken cancellationToken)
    {
        await foreach (string candidate in connection.ReadLocalCandidatesAsync(cancellationToken).ConfigureAwait(false))
            await negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Candidate, candidate), cancellationToken).ConfigureAwait(false);
        await negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.EndOfCandidates, ""), cancellationToken).ConfigureAwait(false);
    }

    private const int LaneCount = 3;
}
