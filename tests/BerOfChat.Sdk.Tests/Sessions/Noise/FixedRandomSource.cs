using BerOfChat.Primitives;

namespace BerOfChat.Sdk.Tests.Sessions.Noise;

/// <summary>Gives the same bytes each time: the ephemeral key of a vector.</summary>
internal sealed class FixedRandomSource(byte[] bytes) : IRandomSource
{
    public void Fill(Span<byte> destination) => bytes.CopyTo(destination);
}
