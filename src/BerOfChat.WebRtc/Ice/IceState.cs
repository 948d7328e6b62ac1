namespace BerOfChat.WebRtc.Ice;

/// <summary>The states of W3C's RTCIceConnectionState.</summary>
internal enum IceState
{
    New,
    Checking,
    Connected,
    Completed,
    Disconnected,
    Failed,
    Closed,
}
