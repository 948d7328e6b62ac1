using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>What holds after every step, whatever the network does. Each is one sentence.</summary>
internal static class CoreInvariants
{
    private const int MaxDatagram = SctpLimits.MaxPacketSize + 37;

    private static readonly (string Sentence, Func<CoreEnd, CoreEnd, bool> Holds)[] s_all =
    [
        ("What an ordered channel delivers is the beginning of what was sent on it.", DeliversTheBeginning),
        ("What an unordered channel delivers was sent on it, and comes once.", DeliversOnce),
        ("Nothing is delivered before the peer's certificate is proven.", (end, peer) => end.Received.Count == 0 || end.Core.RemoteFingerprint.Span.SequenceEqual(peer.Core.LocalFingerprint.Span)),
        ("Nothing but checks goes where no authentic check came from.", (end, _) => !end.HasTrustedStranger),
        ("No datagram is larger than fits through every path.", (end, _) => end.LargestDatagram <= MaxDatagram),
        ("No time-out is still due after it was handled.", (end, _) => !end.HasSpun),
        ("What there is to say is said in one drain.", (end, _) => !end.HasHeldBack),
        ("A connection ends once, and is silent afterwards.", (end, _) => end.Ends.Count <= 1 && !end.HasSpokenAfterEnd),
        ("The end is the last state.", (end, _) => !end.IsOver || end.States[^1] is PeerConnectionState.Closed or PeerConnectionState.Failed),
        ("The receive window is between nothing and its full size.", (end, _) => end.Core.Channels.Association.ReceiveWindow is >= 0 and <= SctpLimits.MaxReceiveWindow),
        ("No more is in flight than was sent.", (end, _) => end.Core.Channels.Association.Sender.UnacknowledgedBytes >= 0),
        ("What is buffered is never negative.", (end, _) => end.Core.Channels.Association.Sender.Queue.BufferedAmount >= 0),
        ("The congestion window never closes.", (end, _) => end.Core.Channels.Association.Sender.CongestionWindowSize >= SctpLimits.MaxPacketSize),
    ];

    /// <summary>The sentence that does not hold, or null.</summary>
    public static string? FindBroken(CoreEnd end, CoreEnd peer) => s_all.FirstOrDefault(i => !i.Holds(end, peer)).Sentence;

    public static bool IsOrdered(string label) => label.StartsWith("ordered", StringComparison.Ordinal);

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
