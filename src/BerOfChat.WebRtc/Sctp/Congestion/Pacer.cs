using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp.Congestion;

/// <summary>Spreads what the window allows over the round trip, so that a short queue on the path is enough. On a short path it lets everything pass.</summary>
internal sealed class Pacer
{
    /// <summary>At most so many packets leave at once, or what passes in <see cref="s_quantum"/> if that is more.</summary>
    public const int BurstPackets = 10;

    private const int MinBurst = BurstPackets * SctpLimits.MaxPacketSize;

    // Faster than one window in a round trip, or an unlucky packet would leave it unused; in slow start as fast as the next window is (RFC 9002 section 7.7).
    private const double Gain = 1.25;
    private const double SlowStartGain = 2;

    /// <summary>A loop wakes no more often than this.</summary>
    private static readonly TimeSpan s_quantum = TimeSpan.FromMilliseconds(1);

    /// <summary>Below this round trip nothing is held back: the loop's timer is coarser than the path.</summary>
    private static readonly TimeSpan s_shortPath = TimeSpan.FromMilliseconds(2);

    private double _credit = MinBurst;
    private double _bytesPerTick;
    private bool _hadNothing = true;
    private MonotonicTime _updatedAt;

    /// <summary>When the next packets may go; null when nothing waits for that.</summary>
    public MonotonicTime? NextSend { get; private set; }

    private double Burst => Math.Max(MinBurst, _bytesPerTick * s_quantum.Ticks);

    /// <summary>Sets the rate from the window and the round trip.</summary>
    public void SetRate(int window, TimeSpan? roundTrip, bool isSlowStart) =>
        _bytesPerTick = roundTrip is { } path && path >= s_shortPath ? (isSlowStart ? SlowStartGain : Gain) * window / path.Ticks : 0;

    /// <summary>Whether a packet may go now; else <see cref="NextSend"/> says when.</summary>
    public bool MaySend(MonotonicTime now)
    {
        if (_bytesPerTick == 0)
        {
            _hadNothing = true;
            return true;
        }

        double credit = _credit + ((now - _updatedAt).Ticks * _bytesPerTick);
        _credit = _hadNothing ? Math.Min(Burst, credit) : credit;
        _hadNothing = false;
        _updatedAt = now;
        if (_credit > 0) return true;
        // Not for each packet alone: for half a quantum together, as the wake-up may come late.
        NextSend ??= now + TimeSpan.FromTicks((s_quantum.Ticks / 2) + (long)Math.Ceiling(-_credit / _bytesPerTick));
        return false;
    }

    /// <summary>There was nothing that the window allows to send. Only such time is lost: a loop that comes late may send what it would have sent before.</summary>
    public void NoteNothing() => _hadNothing |= NextSend is null;

    public void NoteSent(int bytes)
    {
        NextSend = null;
        if (_bytesPerTick > 0) _credit -= bytes;
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (NextSend <= now) NextSend = null;
    }
}
