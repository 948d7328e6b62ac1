using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>A model of a bulk transfer over TCP as systems of today do it: selective acknowledgements, one reduction per window, no pacing. What is sent again is a packet with a new number, so that acknowledging is exact.</summary>
internal abstract class TcpFlow(SharedPath path) : IPathFlow
{
    public const int SegmentSize = 1448;

    private const int SegmentOnWire = 1500;
    private const int AcknowledgementOnWire = 52;
    private const int ReorderingThreshold = 3;

    /// <summary>An acknowledgement names so many segments, so that a lost one costs nothing.</summary>
    private const int Reported = 16;

    private const double MinWindow = 2;

    private static readonly TimeSpan s_minTimeout = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_maxTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_delayedAcknowledgement = TimeSpan.FromMilliseconds(40);

    private readonly LinkedList<(long Number, MonotonicTime SentAt)> _outstanding = [];
    private readonly Queue<long> _received = [];
    private int _unacknowledged;
    private long _next;
    private long _highestAcknowledged = -1;
    private long _recoveryEnd = -1;
    private TimeSpan _smoothedRtt;
    private TimeSpan _variation;
    private TimeSpan _timeout = TimeSpan.FromSeconds(1);
    private MonotonicTime? _timeoutAt;
    private MonotonicTime? _acknowledgeAt;

    public long Delivered { get; private set; }

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_timeoutAt, _acknowledgeAt);

    /// <summary>In segments.</summary>
    public double Window { get; protected set; } = 10;

    public int Timeouts { get; private set; }

    protected double SlowStartThreshold { get; set; } = double.MaxValue;

    protected TimeSpan SmoothedRtt => _smoothedRtt;

    public void Start(MonotonicTime now) => SendMore(now);

    public void Arrive(LinkEnd at, object packet, MonotonicTime now)
    {
        if (at == LinkEnd.A) HandleAcknowledgement((long[])packet, now);
        else HandleSegment((long)packet, now);
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (_acknowledgeAt <= now) Acknowledge();
        if (_timeoutAt is not { } due || due > now) return;
        Timeouts++;
        _timeoutAt = null;
        _timeout = _timeout * 2 < s_maxTimeout ? _timeout * 2 : s_maxTimeout;
        _outstanding.Clear();
        _recoveryEnd = -1;
        Reduce(now);
        Window = 1;
        SendMore(now);
    }

    /// <summary>Segments were acknowledged outside of recovery while the window was in use.</summary>
    protected abstract void GrowInAvoidance(int segments, MonotonicTime now);

    /// <summary>Segments were lost, for the first time in this window: sets window and threshold.</summary>
    protected abstract void Reduce(MonotonicTime now);

    /// <summary>A measured round trip.</summary>
    protected virtual void Observe(TimeSpan roundTrip, long newestNumber, long nextNumber) { }

    private void SendMore(MonotonicTime now)
    {
        while (_outstanding.Count < (int)Math.Max(1, Window))
        {
            _outstanding.AddLast((_next, now));
            path.Send(this, LinkEnd.A, _next++, SegmentOnWire);
            _timeoutAt ??= now + _timeout;
        }
    }

    private void HandleSegment(long number, MonotonicTime now)
    {
        Delivered += SegmentSize;
        _received.Enqueue(number);
        if (_received.Count > Reported) _received.Dequeue();
        if (++_unacknowledged >= 2) Acknowledge();
        else _acknowledgeAt = now + s_delayedAcknowledgement;
    }

    private void Acknowledge()
    {
        _acknowledgeAt = null;
        _unacknowledged = 0;
        path.Send(this, LinkEnd.B, _received.ToArray(), AcknowledgementOnWire);
    }

    private void HandleAcknowledgement(long[] numbers, MonotonicTime now)
    {
        bool wasFull = _outstanding.Count + 1 >= (int)Window;
        int acknowledged = 0;
        foreach (long number in numbers)
        {
            LinkedListNode<(long Number, MonotonicTime SentAt)>? node = _outstanding.First;
            while (node is not null && node.Value.Number < number) node = node.Next;
            if (node is null || node.Value.Number != number) continue;
            _outstanding.Remove(node);
            acknowledged++;
            ObserveRoundTrip(now - node.Value.SentAt);
            Observe(now - node.Value.SentAt, number, _next);
            _highestAcknowledged = Math.Max(_highestAcknowledged, number);
        }

        if (acknowledged == 0) return;
        bool hasLoss = false;
        while (_outstanding.First is { } first && first.Value.Number <= _highestAcknowledged - ReorderingThreshold)
        {
            hasLoss |= first.Value.Number > _recoveryEnd;
            _outstanding.RemoveFirst();
        }

        if (hasLoss)
        {
            Reduce(now);
            Window = Math.Max(MinWindow, Window);
            _recoveryEnd = _next - 1;
        }
        else if (wasFull && _highestAcknowledged > _recoveryEnd)
        {
            if (Window < SlowStartThreshold) Window += acknowledged;
            else GrowInAvoidance(acknowledged, now);
        }

        _timeoutAt = _outstanding.Count > 0 ? now + _timeout : null;
        SendMore(now);
    }

    private void ObserveRoundTrip(TimeSpan sample)
    {
        if (_smoothedRtt == default)
        {
            _smoothedRtt = sample;
            _variation = sample / 2;
        }
        else
        {
            _variation = (_variation * 0.75) + ((_smoothedRtt - sample).Duration() * 0.25);
            _smoothedRtt = (_smoothedRtt * 0.875) + (sample * 0.125);
        }

        TimeSpan timeout = _smoothedRtt + (4 * _variation);
        _timeout = timeout > s_minTimeout ? timeout : s_minTimeout;
    }
}
