using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>Limits how many envelopes are tried each second, because anybody at a topic can send some and each costs a key agreement (about 0.1 ms).</summary>
internal sealed class OpeningBudget
{
    public const int PerSecond = 100;
    public const int Burst = 200;

    private double _left = Burst;
    private MonotonicTime _at;

    public bool TryTake(MonotonicTime now)
    {
        _left = Math.Min(Burst, _left + ((now - _at).TotalSeconds * PerSecond));
        _at = now;
        if (_left < 1) return false;
        _left--;
        return true;
    }
}
