namespace BerOfChat.WebRtc.Sctp;

/// <summary>Turns 32-bit numbers that wrap around into 64-bit ones that do not, so that everything behind it compares plainly.</summary>
internal struct TsnUnwrapper(uint initial)
{
    // Starts one turn up, so that numbers before the first one stay positive.
    private long _last = (1L << 32) + initial;

    /// <summary>The number closest to the latest one; moves the latest one forward.</summary>
    public long Unwrap(uint value)
    {
        long unwrapped = Peek(value);
        if (unwrapped > _last) _last = unwrapped;
        return unwrapped;
    }

    /// <summary>The same without moving: for numbers that are not believed yet.</summary>
    public readonly long Peek(uint value) => _last + unchecked((int)(value - (uint)_last));

    public static uint Wrap(long value) => unchecked((uint)value);
}
