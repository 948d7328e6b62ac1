using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>The peers of one allocation: their permissions, which count by IP address, and their channels.</summary>
internal sealed class TurnPeers(TurnClientOptions options, TurnCounters counters)
{
    private readonly TurnLeaseTable _permissions = new(options.MaxPermissions);
    private readonly TurnLeaseTable _channels = new(Math.Min(options.MaxChannels, ChannelData.LastNumber - ChannelData.FirstNumber + 1));

    /// <summary>When the server is to be asked for one of them.</summary>
    public MonotonicTime? NextDue => MonotonicTime.Earliest(_permissions.NextDue, _channels.NextDue);

    /// <summary>Whether the server may let data of this peer through.</summary>
    public bool IsPermitted(TransportAddress peer) => _permissions.Find(peer with { Port = 0 }) is { IsUsable: true };

    /// <summary>The channel to this peer that the server knows; 0 when there is none.</summary>
    public ushort FindChannel(TransportAddress peer) => _channels.Find(peer) is { State: TurnLeaseState.Granted } channel ? channel.Channel : (ushort)0;

    /// <summary>Whom a channel leads to; it may be bound although the server's answer has not come yet.</summary>
    public bool TryFindPeer(ushort channel, out TransportAddress peer)
    {
        TurnLease? lease = _channels.FindAt(channel - ChannelData.FirstNumber);
        peer = lease?.Peer ?? default;
        return lease is { IsUsable: true };
    }

    public void Permit(TransportAddress peer, MonotonicTime now) => Add(_permissions, peer with { Port = 0 }, peer, channel: 0, now);

    public void Bind(TransportAddress peer, MonotonicTime now) => Add(_channels, peer, peer, (ushort)(ChannelData.FirstNumber + _channels.Count), now);

    /// <summary>Takes what is to be asked for, permissions first.</summary>
    public bool TryTakeDue(MonotonicTime now, out TurnRequest request)
    {
        request = default;
        if (_permissions.TryTakeDue(now, out TurnLease lease)) request = new TurnRequest(StunMessageType.CreatePermissionRequest, lease);
        else if (_channels.TryTakeDue(now, out lease)) request = new TurnRequest(StunMessageType.ChannelBindRequest, lease);
        else return false;
        if (lease.State == TurnLeaseState.Wanted) lease.State = TurnLeaseState.Requested;
        return true;
    }

    /// <summary>The server has it; returns whether that is new.</summary>
    public bool Grant(TurnLease lease, MonotonicTime now)
    {
        bool isNew = lease.State != TurnLeaseState.Granted;
        lease.State = TurnLeaseState.Granted;
        TryAgain(lease, now + options.RenewalInterval);
        return isNew;
    }

    public void Refuse(TurnLease lease)
    {
        lease.State = TurnLeaseState.Refused;
        TableOf(lease).Schedule(lease, null);
    }

    public void TryAgain(TurnLease lease, MonotonicTime due) => TableOf(lease).Schedule(lease, due);

    /// <summary>A new allocation knows none of them.</summary>
    public void StartAnew(MonotonicTime now)
    {
        _permissions.StartAnew(now);
        _channels.StartAnew(now);
    }

    /// <summary>All that the server has not refused is asked for again.</summary>
    public void RenewAll(MonotonicTime now)
    {
        _permissions.RenewAll(now);
        _channels.RenewAll(now);
    }

    private void Add(TurnLeaseTable table, TransportAddress key, TransportAddress peer, ushort channel, MonotonicTime now)
    {
        if (table.Find(key) is not null) return;
        if (table.IsFull || peer.IsUnusable)
        {
            counters.PeersRefused++;
            return;
        }

        TurnLease lease = new(peer, channel);
        table.Add(key, lease);
        table.Schedule(lease, now);
    }

    private TurnLeaseTable TableOf(TurnLease lease) => lease.IsChannel ? _channels : _permissions;
}
