namespace BerOfChat.WebRtc.Sctp;

/// <summary>How long to wait for an acknowledgement (RFC 9260 section 6.3.1).</summary>
internal sealed class RetransmissionTimeout
{
    private const double Alpha = 1.0 / 8, Beta = 1.0 / 4;
    private TimeSpan _variation;

    /// <summary>The smoothed round-trip time; null before the first measurement.</summary>
    public TimeSpan? SmoothedRtt { get; private set; }

    public TimeSpan Current { get; private set; } = SctpLimits.InitialRto;

    public void Observe(TimeSpan rtt)
    {
        if (SmoothedRtt is not { } smoothed)
        {
            SmoothedRtt = rtt;
            _variation = rtt / 2;
        }
        else
        {
            _variation = (_variation * (1 - Beta)) + ((smoothed - rtt).Duration() * Beta);
            SmoothedRtt = (smoothed * (1 - Alpha)) + (rtt * Alpha);
        }

        Reset();
    }

    /// <summary>Data arrives again: forgets the doubling. Waiting for a measurement would take as long as only repeated chunks are acknowledged.</summary>
    public void Reset() => Current = SmoothedRtt is { } smoothed ? Clamp(smoothed + (4 * _variation)) : SctpLimits.InitialRto;

    /// <summary>Doubles after a timer has expired.</summary>
    public void BackOff() => Current = Clamp(Current * 2);

    private static TimeSpan Clamp(TimeSpan value) => value < SctpLimits.MinRto ? SctpLimits.MinRto : value > SctpLimits.MaxRto ? SctpLimits.MaxRto : value;
}
