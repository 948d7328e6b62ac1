namespace BerOfChat.WebRtc.Sctp.Congestion;

/// <summary>Ends the first slow start before the queue overflows (HyStart++, RFC 9406): when the round trips of a round are longer than those of the round before, it goes on slowly, and stops unless they get shorter again.</summary>
internal sealed class SlowStart
{
    private const int ConservativeDivisor = 4;
    private const int ConservativeRounds = 5;

    private static readonly TimeSpan s_minThreshold = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan s_maxThreshold = TimeSpan.FromMilliseconds(16);

    private TimeSpan? _baseline;
    private int _rounds;

    /// <summary>Whether the delay has grown, and the window grows slowly.</summary>
    public bool IsConservative => _baseline is not null;

    /// <summary>By how much the window grows.</summary>
    public int Grow(int acknowledged, PathDelay delay)
    {
        if (delay.HasRound)
        {
            if (_baseline is { } baseline)
            {
                if (delay.OfRound < baseline) _baseline = null;
            }
            else if (delay.OfLastRound != TimeSpan.MaxValue && delay.OfRound >= delay.OfLastRound + Threshold(delay.OfLastRound))
            {
                _baseline = delay.OfRound;
                _rounds = 0;
            }
        }

        return IsConservative ? acknowledged / ConservativeDivisor : acknowledged;
    }

    /// <summary>A round is over; returns whether slow start is.</summary>
    public bool EndRound() => IsConservative && ++_rounds >= ConservativeRounds;

    private static TimeSpan Threshold(TimeSpan roundTrip)
    {
        TimeSpan eighth = roundTrip / 8;
        return eighth < s_minThreshold ? s_minThreshold : eighth > s_maxThreshold ? s_maxThreshold : eighth;
    }
}
