namespace BerOfChat.WebRtc.Dtls;

/// <summary>Which of the latest sequence numbers have been seen. Wide, because batching reorders far.</summary>
internal sealed class ReplayWindow
{
    public const int Size = 1024;
    private const int WordBits = 64;

    private readonly ulong[] _seen = new ulong[Size / WordBits];
    private ulong _next;

    /// <summary>Whether a record may still be opened: new, and not older than the window.</summary>
    public bool IsFresh(ulong sequence) => sequence >= _next || (_next - sequence <= Size && !IsSet(sequence));

    /// <summary>Records a number. Only after its record was authenticated: otherwise a forged one could close the window.</summary>
    public void Add(ulong sequence)
    {
        if (sequence >= _next)
        {
            if (sequence - _next >= Size) Array.Clear(_seen);
            else for (ulong skipped = _next; skipped < sequence; skipped++) _seen[Word(skipped)] &= ~Bit(skipped);
            _next = sequence + 1;
        }

        _seen[Word(sequence)] |= Bit(sequence);
    }

    private bool IsSet(ulong sequence) => (_seen[Word(sequence)] & Bit(sequence)) != 0;

    private static int Word(ulong sequence) => (int)(sequence % Size / WordBits);

    private static ulong Bit(ulong sequence) => 1UL << (int)(sequence % WordBits);
}
