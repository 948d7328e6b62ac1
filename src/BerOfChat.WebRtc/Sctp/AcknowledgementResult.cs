using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>What an acknowledgement has brought.</summary>
internal struct AcknowledgementResult
{
    /// <summary>Bytes acknowledged for the first time.</summary>
    public int Bytes { get; set; }

    /// <summary>Those of them that counted as lost and were not sent again: nothing was lost.</summary>
    public int RevivedBytes { get; set; }

    /// <summary>Whether the cumulative TSN moved.</summary>
    public bool Advanced { get; set; }

    /// <summary>The highest TSN acknowledged for the first time, at least the cumulative one.</summary>
    public long HighestAcknowledged { get; set; }

    /// <summary>When the latest chunk was sent of all that have arrived so far.</summary>
    public MonotonicTime LatestSentAt { get; set; }

    /// <summary>A measured round trip, if one could be measured.</summary>
    public TimeSpan? RoundTrip { get; set; }
}
