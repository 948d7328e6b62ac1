using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>TCP with CUBIC (RFC 9438) and, as in Linux, a slow start that ends when the round trips of a window get longer.</summary>
internal sealed class CubicFlow(SharedPath path) : TcpFlow(path)
{
    private const double C = 0.4, Beta = 0.7;
    private const double FriendlyGrowth = 3 * (1 - Beta) / (1 + Beta);

    private double _maximum;
    private double _friendly;
    private double _originPoint;
    private double _timeToOrigin;
    private MonotonicTime? _epoch;
    private TimeSpan _shortest = TimeSpan.MaxValue;
    private TimeSpan _shortestOfRound = TimeSpan.MaxValue;
    private int _samplesOfRound;
    private long _endOfRound;

    protected override void Observe(TimeSpan roundTrip, long newestNumber, long nextNumber)
    {
        if (newestNumber > _endOfRound)
        {
            _endOfRound = nextNumber;
            _shortestOfRound = TimeSpan.MaxValue;
            _samplesOfRound = 0;
        }

        if (roundTrip < _shortest) _shortest = roundTrip;
        if (roundTrip < _shortestOfRound) _shortestOfRound = roundTrip;
        TimeSpan threshold = TimeSpan.FromMilliseconds(Math.Clamp(_shortest.TotalMilliseconds / 8, 4, 16));
        if (++_samplesOfRound >= 8 && Window < SlowStartThreshold && Window >= 16 && _shortestOfRound >= _shortest + threshold) SlowStartThreshold = Window;
    }

    protected override void GrowInAvoidance(int segments, MonotonicTime now)
    {
        if (_epoch is null)
        {
            _epoch = now;
            _friendly = Window;
            _originPoint = Math.Max(_maximum, Window);
            _timeToOrigin = Math.Cbrt((_originPoint - Window) / C);
        }

        double time = (now - _epoch.Value + SmoothedRtt).TotalSeconds - _timeToOrigin;
        double target = Math.Clamp((C * time * time * time) + _originPoint, Window, 1.5 * Window);
        _friendly += (_friendly >= _originPoint ? 1 : FriendlyGrowth) * segments / Window;
        Window = target < _friendly ? Math.Max(Window, _friendly) : Window + (segments * (target - Window) / Window);
    }

    protected override void Reduce(MonotonicTime now)
    {
        _epoch = null;
        // Whoever loses before it has reached its last maximum makes room for newcomers.
        _maximum = Window < _maximum ? Window * (1 + Beta) / 2 : Window;
        Window = SlowStartThreshold = Math.Max(2, Window * Beta);
    }
}
