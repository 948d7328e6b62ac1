using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>One allocation of a <see cref="TurnServerModel"/>: whose it is, and whom it lets through.</summary>
internal sealed class TurnServerAllocation(TransportAddress client, TransportAddress relayed, string username, StunTransactionId createdBy)
{
    // RFC 8656 section 12: neither number nor peer may be bound to another for five minutes after the end.
    private static readonly TimeSpan s_quarantine = TimeSpan.FromMinutes(5);

    private readonly Dictionary<TransportAddress, MonotonicTime> _permissions = [];
    private readonly Dictionary<ushort, (TransportAddress Peer, MonotonicTime End)> _channels = [];

    public TransportAddress Client { get; } = client;

    public TransportAddress Relayed { get; } = relayed;

    public string Username { get; } = username;

    /// <summary>The request that made it: when it comes again, its answer was lost.</summary>
    public StunTransactionId CreatedBy { get; } = createdBy;

    public MonotonicTime End { get; set; }

    /// <summary>How many permissions and channels are alive.</summary>
    public (int Permissions, int Channels) CountAlive(MonotonicTime now) => (_permissions.Values.Count(end => end > now), _channels.Values.Count(channel => channel.End > now));

    public void Permit(TransportAddress peer, MonotonicTime end) => _permissions[peer with { Port = 0 }] = end;

    public bool IsPermitted(TransportAddress peer, MonotonicTime now) => _permissions.TryGetValue(peer with { Port = 0 }, out MonotonicTime end) && end > now;

    /// <summary>False when the number, or the peer, still belongs to another.</summary>
    public bool TryBind(ushort number, TransportAddress peer, MonotonicTime end, MonotonicTime now)
    {
        foreach ((ushort bound, (TransportAddress Peer, MonotonicTime End) channel) in _channels.ToArray())
        {
            if (channel.End + s_quarantine <= now) _channels.Remove(bound);
            else if ((bound == number) != (channel.Peer == peer)) return false;
        }

        _channels[number] = (peer, end);
        return true;
    }

    public bool TryFindPeer(ushort number, MonotonicTime now, out TransportAddress peer)
    {
        bool isBound = _channels.TryGetValue(number, out (TransportAddress Peer, MonotonicTime End) channel) && channel.End > now;
        peer = channel.Peer;
        return isBound;
    }

    /// <summary>The live channel to a peer; 0 when there is none.</summary>
    public ushort FindChannel(TransportAddress peer, MonotonicTime now) => _channels.FirstOrDefault(entry => entry.Value.Peer == peer && entry.Value.End > now).Key;
}
