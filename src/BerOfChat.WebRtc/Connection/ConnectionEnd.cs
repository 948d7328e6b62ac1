using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Connection;

/// <summary>How and why a connection ends.</summary>
/// <param name="State">Failed or closed.</param>
/// <param name="Code">Why.</param>
/// <param name="Reason">The same for people.</param>
/// <param name="Cause">The error cause of SCTP, if there was one.</param>
/// <param name="Dtls">Why DTLS has failed, if it has.</param>
internal readonly record struct ConnectionEnd(PeerConnectionState State, WebRtcErrorCode Code, string Reason, SctpCauseCode? Cause = null, DtlsFailure? Dtls = null)
{
    public static ConnectionEnd ByUs { get; } = new(PeerConnectionState.Closed, WebRtcErrorCode.Closed, "The connection was closed.");

    public static ConnectionEnd ByPeer { get; } = new(PeerConnectionState.Closed, WebRtcErrorCode.Closed, "The peer has closed the connection.");

    public static ConnectionEnd NoConsent(TimeSpan timeout) =>
        new(PeerConnectionState.Failed, WebRtcErrorCode.ConsentExpired, $"Consent has expired: the peer has not answered on any path for {timeout.TotalSeconds:0} seconds.");

    public static ConnectionEnd NoPath(TimeSpan timeout, string tried) =>
        new(PeerConnectionState.Failed, WebRtcErrorCode.NoPath, $"No pair of candidates answered within {timeout.TotalSeconds:0} seconds. {tried}");

    /// <summary>Encryption has ended or failed.</summary>
    public static ConnectionEnd Of(DtlsEvent e) => e.Kind switch
    {
        DtlsEventKind.Closed => ByPeer,
        DtlsEventKind.Failed when !e.IsRefusal => new(PeerConnectionState.Failed, WebRtcErrorCode.ConnectionLost, e.Reason, Dtls: e.Failure),
        _ => new(PeerConnectionState.Failed, WebRtcErrorCode.HandshakeFailed, e.Reason, Dtls: e.Failure),
    };

    /// <summary>The association of all channels has ended.</summary>
    public static ConnectionEnd Of(DataChannelEvent e) => e.End switch
    {
        SctpEnd.Unreachable => new(PeerConnectionState.Failed, WebRtcErrorCode.ConnectionLost, e.Reason),
        SctpEnd.ProtocolFailure => new(PeerConnectionState.Failed, WebRtcErrorCode.SctpFailure, e.Reason, e.Cause),
        SctpEnd.AbortedByPeer when e.Cause is not (null or SctpCauseCode.UserInitiatedAbort) => new(PeerConnectionState.Failed, WebRtcErrorCode.SctpFailure, e.Reason, e.Cause),
        _ => new(PeerConnectionState.Closed, WebRtcErrorCode.Closed, e.Reason, e.Cause),
    };
}
