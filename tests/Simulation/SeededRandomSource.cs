using BerOfChat.Primitives;

namespace BerOfChat.Simulation;

/// <summary>A random source that replays from its seed. For tests only: it is predictable.</summary>
internal sealed class SeededRandomSource(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
