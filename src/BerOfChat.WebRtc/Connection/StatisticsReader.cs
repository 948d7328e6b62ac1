using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Connection;

/// <summary>Takes the snapshot of a connection that the public statistics are.</summary>
internal static class StatisticsReader
{
    public static PeerConnectionStatistics Read(PeerConnectionCore core, DateTimeOffset timestamp, long bytesSent, long bytesReceived)
    {
        IReadOnlyList<IceCandidatePair> pairs = core.Ice?.Checklist.Pairs ?? [];
        IceCandidatePairStatistics[] pairStatistics = [.. pairs.Select(p => Read(p, core.Ice!.Checklist))];
        int selected = -1;
        for (int i = 0; i < pairs.Count; i++)
        {
            if (pairs[i] == core.SelectedPair) selected = i;
        }

        return new PeerConnectionStatistics
        {
            Timestamp = timestamp,
            BytesSent = bytesSent,
            BytesReceived = bytesReceived,
            Transport = ReadTransport(core, selected < 0 ? null : pairStatistics[selected]),
            SctpTransport = core.Channels.Association.State == SctpState.New ? null : Read(core.Channels.Association),
            CandidatePairs = pairStatistics,
            LocalCandidates = [.. (core.Ice?.Checklist.Locals ?? []).Select(Read)],
            RemoteCandidates = [.. (core.Ice?.Checklist.Remotes ?? []).Select(Read)],
            DataChannels = [.. core.Channels.All.Select(Read)],
            DataChannelsOpened = core.Channels.OpenedCount,
            DataChannelsClosed = core.Channels.ClosedCount,
        };
    }

    private static TransportStatistics ReadTransport(PeerConnectionCore core, IceCandidatePairStatistics? selected) => new()
    {
        PacketsSent = core.Counters.PacketsSent,
        PacketsReceived = core.Counters.PacketsReceived,
        BytesSent = core.Counters.BytesSent,
        BytesReceived = core.Counters.BytesReceived,
        IsIceControlling = core.Ice?.IsControlling ?? false,
        IceLocalUsernameFragment = core.Ice?.LocalCredentials.UserFragment,
        DtlsState = core.DtlsState switch
        {
            DtlsState.New => DtlsTransportState.New,
            DtlsState.Connecting => DtlsTransportState.Connecting,
            DtlsState.Connected => DtlsTransportState.Connected,
            DtlsState.Closed => DtlsTransportState.Closed,
            _ => DtlsTransportState.Failed,
        },
        IsDtlsClient = core.IsDtlsClient,
        DtlsCipher = core.CipherSuite,
        SelectedCandidatePair = selected,
        SelectedCandidatePairChanges = core.Ice?.Counters.SelectedPairChanges ?? 0,
    };

    private static IceCandidatePairStatistics Read(IceCandidatePair pair, IceChecklist checklist) => new()
    {
        LocalCandidate = ReadLocalEnd(pair, checklist),
        RemoteCandidate = Read(pair.Remote),
        State = pair.State.ToPublic(),
        Nominated = pair.IsNominated,
        PacketsSent = pair.Counters.PacketsSent,
        PacketsReceived = pair.Counters.PacketsReceived,
        BytesSent = pair.Counters.BytesSent,
        BytesReceived = pair.Counters.BytesReceived,
        CurrentRoundTripTime = pair.RoundTripTime,
        TotalRoundTripTime = pair.Counters.TotalRoundTripTime,
        RequestsSent = pair.Counters.RequestsSent,
        RequestsReceived = pair.Counters.RequestsReceived,
        ResponsesSent = pair.Counters.ResponsesSent,
        ResponsesReceived = pair.Counters.ResponsesReceived,
        ConsentRequestsSent = pair.Counters.ConsentRequestsSent,
    };

    // Behind something that translates addresses our end is the one that the peer sees: one that a server sees too, or another.
    private static IceCandidateStatistics ReadLocalEnd(IceCandidatePair pair, IceChecklist checklist)
    {
        if (pair.LocalType == pair.Local.Candidate.Type) return Read(pair.Local);
        if (checklist.FindReflexive(pair.Local.SocketId, pair.MappedAddress!.Value) is { } reflexive) return Read(reflexive);
        return Read(pair.Local.Candidate with { Type = pair.LocalType, Priority = pair.Local.PeerReflexivePriority });
    }

    private static IceCandidateStatistics Read(IceLocalCandidate local) => Read(local.Candidate) with
    {
        Url = local.Server?.ToString(),
        RelayProtocol = local.Candidate.Type == IceCandidateType.Relay ? local.Server?.Transport.ToName() : null,
    };

    private static IceCandidateStatistics Read(IceCandidate candidate) => new()
    {
        Address = candidate.Address.ToIPAddress().ToString(),
        Port = candidate.Address.Port,
        CandidateType = candidate.Type.ToName(),
        Priority = candidate.Priority,
        Foundation = candidate.Foundation,
    };

    private static SctpTransportStatistics Read(SctpAssociation association) => new()
    {
        SmoothedRoundTripTime = association.Sender.SmoothedRtt,
        CongestionWindow = association.Sender.CongestionWindowSize,
        ReceiverWindow = association.Sender.PeerReceiveWindow,
        LocalReceiverWindow = association.ReceiveWindow,
        Mtu = association.Path.Mtu.PacketSize,
        UnacknowledgedBytes = association.Sender.UnacknowledgedBytes,
        UnackData = association.Sender.UnacknowledgedChunks,
        Retransmissions = association.Sender.Retransmissions,
        HeartbeatsSent = association.Path.HeartbeatsSent,
        HeartbeatsAnswered = association.Path.HeartbeatsAnswered,
    };

    private static DataChannelStatistics Read(ChannelState channel) => new()
    {
        Label = channel.Label,
        Protocol = channel.Protocol,
        DataChannelIdentifier = channel.Id,
        State = channel.State,
        MessagesSent = channel.MessagesSent,
        BytesSent = channel.BytesSent,
        MessagesReceived = channel.MessagesReceived,
        BytesReceived = channel.BytesReceived,
    };
}
