namespace BerOfChat.WebRtc.Ice;

/// <summary>From which of our sockets to which address a datagram goes.</summary>
internal readonly record struct IceRoute(int SocketId, TransportAddress Remote);
