using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>TCP with the congestion control of RFC 5681: slow start, one segment more per round trip, half after a loss.</summary>
internal sealed class RenoFlow(SharedPath path) : TcpFlow(path)
{
    protected override void GrowInAvoidance(int segments, MonotonicTime now) => Window += segments / Window;

    protected override void Reduce(MonotonicTime now) => Window = SlowStartThreshold = Math.Max(2, Window / 2);
}
