using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Connection;

/// <summary>The state of the whole out of those of its parts (W3C RTCPeerConnectionState).</summary>
internal static class ConnectionStates
{
    public static PeerConnectionState Of(IceState? ice, DtlsState dtls) => (ice, dtls) switch
    {
        (null or IceState.New, _) => PeerConnectionState.New,
        (IceState.Disconnected, _) => PeerConnectionState.Disconnected,
        (IceState.Connected or IceState.Completed, DtlsState.Connected) => PeerConnectionState.Connected,
        _ => PeerConnectionState.Connecting,
    };
}
