using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp.Congestion;

/// <summary>How a window grows after a reduction: by a little more than a packet in each round trip, as Reno, and the longer nothing is lost, by the cube of that time, as CUBIC (RFC 9438) beyond its last maximum.</summary>
/// <remarks>Both constants are chosen on a simulated bottleneck, so that neither a Reno nor a CUBIC flow beside it gets less than a third. CUBIC's plateau at the last maximum is left out: with it the shares
/// depend on who was unlucky first.</remarks>
internal struct CubicGrowth
{
    private const double Packet = SctpLimits.MaxPacketSize;
    private const double PacketsOfRound = 1.75;

    /// <summary>In packets for each cubic second.</summary>
    private const double C = 0.2;

    private const double MaxGrowthOfRound = 1.5;

    private MonotonicTime? _epoch;
    private double _origin;
    private double _linear;

    /// <summary>The window has changed by other means: begins anew from where it is.</summary>
    public void Restart() => _epoch = null;

    /// <summary>The size after so many acknowledged bytes.</summary>
    public double Grow(double size, int acknowledged, TimeSpan roundTrip, MonotonicTime now)
    {
        if (_epoch is not { } epoch)
        {
            _epoch = epoch = now;
            _origin = _linear = size;
        }

        double time = (now - epoch + roundTrip).TotalSeconds;
        double target = Math.Clamp(_origin + (C * Packet * time * time * time), size, MaxGrowthOfRound * size);
        _linear += PacketsOfRound * Packet * acknowledged / size;
        return target < _linear ? Math.Max(size, _linear) : size + ((target - size) * acknowledged / size);
    }
}
