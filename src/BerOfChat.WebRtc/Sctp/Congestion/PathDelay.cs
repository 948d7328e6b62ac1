using System.Runtime.CompilerServices;

namespace BerOfChat.WebRtc.Sctp.Congestion;

/// <summary>What round trips say of the queues on the path: how long the shortest one took, and how long they take now.</summary>
/// <remarks>Only minima are compared: an acknowledgement may come late for many reasons, and early for none. The shortest one is kept for good: after a change to a longer path
/// every round trip looks like queueing, which makes us careful, never rude.</remarks>
internal sealed class PathDelay
{
    /// <summary>With fewer samples a round says little (RFC 9406 section 4.3).</summary>
    private const int SamplesOfRound = 8;

    /// <summary>Shorter round trips do not leave a computer or a room; what gets lost there overflows a buffer.</summary>
    private static readonly TimeSpan s_shortPath = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan s_noise = TimeSpan.FromMilliseconds(1);

    private LatestSamples _latest;
    private int _latestCount;
    private int _samples;

    public TimeSpan Shortest { get; private set; } = TimeSpan.MaxValue;

    /// <summary>The shortest of the running round.</summary>
    public TimeSpan OfRound { get; private set; } = TimeSpan.MaxValue;

    /// <summary>The shortest of the round before.</summary>
    public TimeSpan OfLastRound { get; private set; } = TimeSpan.MaxValue;

    public bool HasRound => _samples >= SamplesOfRound;

    /// <summary>Whether the path is long enough that its queues can be told from its length.</summary>
    public bool IsKnown => Shortest != TimeSpan.MaxValue && Shortest >= s_shortPath;

    /// <summary>Whether packets hardly wait in queues.</summary>
    public bool IsQueueShort
    {
        get
        {
            if (!IsKnown) return false;
            TimeSpan slack = Shortest / 8 > s_noise ? Shortest / 8 : s_noise;
            return (HasRound || OfLastRound == TimeSpan.MaxValue ? OfRound : OfLastRound) < Shortest + slack;
        }
    }

    /// <summary>The share of the latest round trips that is the path itself rather than its queues; 1 when no packet waits.</summary>
    public double ShareOfPath
    {
        get
        {
            if (!IsKnown) return 0;
            TimeSpan latest = TimeSpan.MaxValue;
            for (int i = 0; i < Math.Min(_latestCount, SamplesOfRound); i++)
            {
                if (_latest[i] < latest) latest = _latest[i];
            }

            return Shortest / latest;
        }
    }

    public void Observe(TimeSpan roundTrip)
    {
        if (roundTrip < Shortest) Shortest = roundTrip;
        if (roundTrip < OfRound) OfRound = roundTrip;
        _samples++;
        _latest[_latestCount++ % SamplesOfRound] = roundTrip;
        if (_latestCount == 2 * SamplesOfRound) _latestCount = SamplesOfRound;
    }

    public void StartRound()
    {
        if (_samples == 0) return;
        OfLastRound = OfRound;
        OfRound = TimeSpan.MaxValue;
        _samples = 0;
    }

    [InlineArray(SamplesOfRound)]
    private struct LatestSamples
    {
        private TimeSpan _first;
    }
}
