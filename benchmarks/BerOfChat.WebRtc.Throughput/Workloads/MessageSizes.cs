namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>How many bytes each message has: all the same, or spread evenly over a range, so that both ends know the size of each by its number.</summary>
internal readonly record struct MessageSizes(int Least, int Most)
{
    public MessageSizes(int size) : this(size, size)
    {
    }

    // Multiplicative hashing by the golden ratio: neighbours lie far apart, and every part of the range gets its share soon.
    public int At(ulong number) => Least + (int)((ulong)unchecked((uint)number * 0x9E37_79B1u) * (ulong)(Most - Least + 1) >> 32);
}
