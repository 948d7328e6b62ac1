using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Turn;

/// <summary>What the server keeps for one peer only as long as it is asked to: a permission, or a channel.</summary>
/// <param name="peer">The peer's address; of a permission only the IP address counts.</param>
/// <param name="channel">The number of the channel; 0 for a permission.</param>
internal sealed class TurnLease(TransportAddress peer, ushort channel)
{
    public TransportAddress Peer { get; } = peer;

    public ushort Channel { get; } = channel;

    public bool IsChannel => Channel != 0;

    public TurnLeaseState State { get; set; }

    /// <summary>When the server is to be asked, for the first time or again; null while it is being asked.</summary>
    public MonotonicTime? Due { get; set; }

    /// <summary>Whether the server may have it by now: its answer may be lost, or come after what it allows.</summary>
    public bool IsUsable => State is TurnLeaseState.Requested or TurnLeaseState.Granted;
}

/// <summary>What has become of a <see cref="TurnLease"/>.</summary>
internal enum TurnLeaseState
{
    Wanted,
    Requested,
    Granted,
    Refused,
}
