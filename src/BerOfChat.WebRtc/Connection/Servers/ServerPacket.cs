using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Connection.Servers;

/// <summary>What a packet turned out to be.</summary>
internal enum ServerPacket
{
    /// <summary>From no server that was asked.</summary>
    Foreign,

    /// <summary>A server's own; it is dealt with.</summary>
    Taken,

    /// <summary>A relay's, with a datagram of a peer in it.</summary>
    Relayed,
}

/// <summary>A datagram of a peer inside a packet of a relay.</summary>
/// <param name="Route">The allocation and the peer.</param>
/// <param name="Offset">Where in the packet it begins.</param>
/// <param name="Length">How long it is.</param>
internal readonly record struct RelayedDatagram(IceRoute Route, int Offset, int Length);
