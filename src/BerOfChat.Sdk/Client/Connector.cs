using BerOfChat.Identity;
using BerOfChat.Sessions;
using BerOfChat.Sessions.Handshake;
using BerOfChat.Signaling;

namespace BerOfChat.Client;

/// <summary>Turns an attempt into a session: link, handshake, and the checks of who is on the other side.</summary>
internal sealed class Connector(ClientContext context, Action<ConnectionStage, PeerId?, BerOfChatException?> report)
{
    private readonly IPeerTransport _transport = context.Options.Transport ?? new WebRtcPeerTransport(context.Options.ToConnectionOptions());
    private readonly HandshakeFailures _failures = new();

    /// <summary>Makes a session of the attempt. Null when it failed; the attempt is then marked so.</summary>
    /// <exception cref="OperationCanceledException">The client closes.</exception>
    public async Task<PeerSession?> ConnectAsync(ConnectionAttempt attempt, CancellationToken cancellationToken)
    {
        if (!IsAllowed(attempt))
        {
            attempt.MarkFailed();
            return null;
        }

        report(ConnectionStage.Signaling, null, null);
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, attempt.Ended);
            IPeerLink link = _transport is WebRtcPeerTransport webRtc
                ? await webRtc.ConnectAsync(attempt.Role, attempt.Negotiation, stage => report(stage, null, null), ended.Token).ConfigureAwait(false)
                : await _transport.ConnectAsync(attempt.Role, attempt.Negotiation, ended.Token).ConfigureAwait(false);
            attempt.MarkOpen();
            return await PeerSession.EstablishAsync(link, ParametersFor(attempt), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            attempt.MarkFailed();
            report(ConnectionStage.Disconnected, null, new BerOfChatException(
                BerOfChatErrorCode.ConnectionTimeout, "The peer was found at the signaling service, but no connection to it came about in time.", isTransient: true));
            return null;
        }
#pragma warning disable CA1031 // A transport of the application may throw anything; the next attempt may still succeed.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            attempt.MarkFailed();
            if (e is BerOfChatException { ErrorCode: BerOfChatErrorCode.HandshakeFailed }) NoteFailure(attempt);
            report(ConnectionStage.Disconnected, null, e as BerOfChatException ?? new BerOfChatException(
                BerOfChatErrorCode.Unknown, "The connection failed in a way that was not expected.", isTransient: true, e));
            return null;
        }
    }

    /// <summary>Makes a link by descriptions that people carry.</summary>
    /// <exception cref="InvalidOperationException">The transport is another than WebRTC, whose descriptions no code can carry.</exception>
    public async Task<IPeerLink> ConnectByHandAsync(PeerLinkRole role, INegotiationChannel negotiation, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (_transport is not WebRtcPeerTransport webRtc) throw new InvalidOperationException("Manual signaling needs the WebRTC transport.");
        return await webRtc.WithPathTimeout(patience).ConnectAsync(role, negotiation, stage => report(stage, null, null), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a session of such a link. Its issuer offered, yet is the responder: who answers a code says who it is only to the account that stands there.</summary>
    public Task<PeerSession> EstablishByHandAsync(IPeerLink link, ManualOfferCode offer, bool isIssuer, CancellationToken cancellationToken) => PeerSession.EstablishAsync(
        link,
        new SessionParameters
        {
            IsInitiator = !isIssuer,
            Suite = SessionSuite.Invite,
            OfferedSuites = [(ushort)SessionSuite.Invite],
            Identity = context.Identity,
            Psk = offer.Keys.Psk,
            AcceptPeer = device => IsOther(device) && (isIssuer || device.AccountKey == offer.AccountKey),
            Random = context.Random,
            TimeProvider = context.TimeProvider,
        },
        cancellationToken);

    private bool IsAllowed(ConnectionAttempt attempt)
    {
        if (attempt.ExpectedDeviceAgreementKey is not { } device) return true;
        lock (_failures) return _failures.IsAllowed(device, context.Now);
    }

    private void NoteFailure(ConnectionAttempt attempt)
    {
        if (attempt.ExpectedDeviceAgreementKey is not { } device) return;
        lock (_failures) _failures.Note(device, context.Now);
    }

    private SessionParameters ParametersFor(ConnectionAttempt attempt) => new()
    {
        IsInitiator = attempt.IsInitiator,
        Suite = (SessionSuite)attempt.Suite,
        OfferedSuites = attempt.OfferedSuites,
        Identity = context.Identity,
        Psk = attempt.Psk,
        AcceptPeer = device => IsExpected(attempt, device),
        Random = context.Random,
        TimeProvider = context.TimeProvider,
    };

    private bool IsExpected(ConnectionAttempt attempt, RemoteDevice device) =>
        IsOther(device)
        && (attempt.ExpectedAccountKey is not { } account || device.AccountKey == account)
        && (attempt.ExpectedDeviceAgreementKey is not { } agreement || device.Certificate.DeviceAgreement == agreement);

    private bool IsOther(RemoteDevice device) => device.Certificate.DeviceAgreement != context.Identity.Certificate.DeviceAgreement;
}
