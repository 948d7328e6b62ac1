using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>Frames in a stream (RFC 8656 section 12.5).</summary>
public sealed class TurnFrameReaderTests
{
    [Theory]
    [InlineData("", nameof(TurnFrameStatus.Incomplete), 0)]
    [InlineData("00", nameof(TurnFrameStatus.Incomplete), 0)]
    [InlineData("400000", nameof(TurnFrameStatus.Incomplete), 0)]
    [InlineData("00010000", nameof(TurnFrameStatus.Incomplete), 20)]
    [InlineData("0001FFFC", nameof(TurnFrameStatus.Incomplete), TurnFrameReader.MaxFrameSize)]
    [InlineData("40000001", nameof(TurnFrameStatus.Incomplete), 8)]
    [InlineData("4FFFFFFF", nameof(TurnFrameStatus.Incomplete), 65_540)]
    [InlineData("40000000", nameof(TurnFrameStatus.Complete), 4)]
    [InlineData("4000000501020304050000004000", nameof(TurnFrameStatus.Complete), 12)]
    [InlineData("010100002112A442000000000000000000000000", nameof(TurnFrameStatus.Complete), 20)]
    [InlineData("00010001", nameof(TurnFrameStatus.Invalid), 0)]
    [InlineData("50", nameof(TurnFrameStatus.Invalid), 0)]
    [InlineData("FF", nameof(TurnFrameStatus.Invalid), 0)]
    public void A_frame_says_how_long_it_is(string received, string status, int length)
    {
        Assert.Equal(Enum.Parse<TurnFrameStatus>(status), TurnFrameReader.Read(Convert.FromHexString(received), out int found));
        Assert.Equal(length, found);
    }

    [Fact]
    public void A_stream_cut_anywhere_gives_the_same_frames()
    {
        byte[] stream = Convert.FromHexString("010100002112A442000000000000000000000000" + "4000000501020304050000004001000040020004AABBCCDD" + "0113000400000000000000000000000000000000AABBCCDD");
        for (int piece = 1; piece <= stream.Length; piece++)
        {
            List<int> lengths = [];
            int consumed = 0;
            for (int received = 0; received < stream.Length;)
            {
                received = Math.Min(received + piece, stream.Length);
                while (TurnFrameReader.Read(stream.AsSpan(consumed..received), out int length) == TurnFrameStatus.Complete)
                {
                    lengths.Add(length);
                    consumed += length;
                }
            }

            Assert.Equal([20, 12, 4, 8, 24], lengths);
        }
    }
}
