using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>What holds after every step, whatever the network does. Each is one sentence.</summary>
internal static class CoreInvariants
{
    // The announcement of a channel waits in the channel's own queue.
    private const int MaxAnnouncement = 32;

    private static readonly (string Sentence, Func<CoreEnd, CoreEnd, bool> Holds)[] s_all =
    [
        ("What an ordered channel delivers is the beginning of what was sent on it.", DeliversTheBeginning),
        ("What an unordered channel delivers was sent on it, and comes once.", DeliversOnce),
        ("Nothing is delivered before the peer's certificate is proven.", (end, peer) => end.Received.Count == 0 || end.Core.RemoteFingerprint.Span.SequenceEqual(peer.Core.LocalFingerprint.Span)),
        ("Nothing but checks goes where no authentic check came from.", (end, _) => !end.HasTrustedStranger),
        ("No datagram but a question is larger than the path was known to carry.", (end, _) => !end.HasExceededPath),
        ("No time-out is still due after it was handled.", (end, _) => !end.HasSpun),
        ("What there is to say is said in one drain.", (end, _) => !end.HasHeldBack),
        ("A connection ends once, and is silent afterwards.", (end, _) => end.Ends.Count <= 1 && !end.HasSpokenAfterEnd),
        ("The end is the last state.", (end, _) => !end.IsOver || end.States[^1] is PeerConnectionState.Closed or PeerConnectionState.Failed),
        ("The receive window is between nothing and its full size.", (end, _) => end.Core.Channels.Association.ReceiveWindow is >= 0 and <= SctpLimits.MaxReceiveWindow),
        ("The congestion window never closes.", (end, _) => end.Sender.CongestionWindowSize >= SctpLimits.MaxPacketSize),
        ("What is acknowledged stays so, and was sent before.", (end, _) => end.Sender.CumulativeAcknowledged >= end.Before.Acknowledged && end.Sender.CumulativeAcknowledged <= end.Sender.LastTsn && end.Sender.LastTsn >= end.Before.LastTsn),
        ("What is acknowledged has arrived, and what has arrived was sent.", (end, peer) => peer.Core.Channels.Association.CumulativeReceived is not { } arrived || (end.Sender.CumulativeAcknowledged <= arrived && arrived <= end.Sender.LastTsn)),
        ("What is outstanding can be reported on.", (end, _) => end.Sender.UnacknowledgedChunks is >= 0 and <= ushort.MaxValue && end.Sender.UnacknowledgedBytes >= 0),
        ("What is sent for the first time fits the congestion window, give or take a packet.", (end, _) => !HasSentNew(end) || end.Sender.UnacknowledgedBytes <= end.Sender.CongestionWindowSize + SctpLimits.LargestPacketSize),
        ("What is sent for the first time fits the window of the peer, or is one chunk.", (end, _) => !HasSentNew(end) || end.Sender.UnacknowledgedBytes <= Math.Max(end.Sender.PeerReceiveWindow, SctpLimits.LargestPacketSize)),
        ("What is buffered is the sum of what is buffered on each channel.", (end, _) => end.IsOver || end.Sender.Queue.BufferedAmount == end.Core.Channels.All.Sum(c => end.Core.Channels.GetBufferedAmount(c.Handle))),
        ("What is still buffered has not arrived.", BufferedHasNotArrived),
    ];

    /// <summary>The sentence that does not hold, or null.</summary>
    public static string? FindBroken(CoreEnd end, CoreEnd peer) => s_all.FirstOrDefault(i => !i.Holds(end, peer)).Sentence;

    public static bool IsOrdered(string label) => label.StartsWith("ordered", StringComparison.Ordinal);

    private static bool HasSentNew(CoreEnd end) => end.Sender.LastTsn > end.Before.LastTsn;

    private static bool BufferedHasNotArrived(CoreEnd end, CoreEnd peer)
    {
        if (end.IsOver) return true;
        foreach ((string label, int channel) in end.Channels)
        {
            if (end.Core.Channels.GetBufferedAmount(channel) + peer.BytesReceivedOn(label) > end.BytesSentOn(label) + MaxAnnouncement) return false;
        }

        return true;
    }

    // Only the newest message of each channel is compared: the ones before were when they came.
    private static bool DeliversTheBeginning(CoreEnd end, CoreEnd peer)
    {
        foreach ((string label, List<byte[]> received) in end.Received)
        {
            if (!IsOrdered(label) || received.Count == 0) continue;
            List<byte[]> sent = peer.SentOn(label);
            if (received.Count > sent.Count || !received[^1].AsSpan().SequenceEqual(sent[received.Count - 1])) return false;
        }

        return true;
    }

    private static bool DeliversOnce(CoreEnd end, CoreEnd peer)
    {
        foreach ((string label, List<byte[]> received) in end.Received)
        {
            if (IsOrdered(label) || received.Count == 0 || end.Checked(label) == received.Count) continue;
            if (received.Count > peer.SentOn(label).Count || !peer.SentOn(label).Exists(m => m.AsSpan().SequenceEqual(received[^1])) || received.FindIndex(m => m.AsSpan().SequenceEqual(received[^1])) != received.Count - 1) return false;
            end.NoteChecked(label, received.Count);
        }

        return true;
    }
}
