using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>The vectors of RFC 3720, appendix B.4.</summary>
public sealed class Crc32CTests
{
    [Fact]
    public void The_published_vectors_hold()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray()));
    }

    [Fact]
    public void The_checksum_field_counts_as_zero()
    {
        byte[] packet = [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 9, 10, 11];
        Assert.Equal(Crc32C.Compute(packet), Crc32C.ComputeAround(packet.AsSpan(0, 8), packet.AsSpan(12)));
    }
}
