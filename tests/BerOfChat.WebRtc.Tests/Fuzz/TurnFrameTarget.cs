using BerOfChat.Fuzzing;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>A stream of frames: each lies inside the stream, and a longer stream has the same frames first.</summary>
internal sealed class TurnFrameTarget : FuzzTarget
{
    public override IEnumerable<byte[]> Seeds =>
    [
        [0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0, 0x40, 1, 0, 0],
        [0x01, 0x01, 0, 0, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x4F, 0xFF, 0, 1, 9, 0, 0, 0],
        [0x50, 0, 0, 0],
    ];

    public override IReadOnlyList<byte[]> Words { get; } = [[0x40, 0, 0, 0], [0x4F, 0xFF, 0xFF, 0xFF], [0, 1, 0xFF, 0xFC], [0, 1, 0, 0]];

    public override long MaxAllocation(int inputLength) => 0;

    public override int Run(ReadOnlySpan<byte> input)
    {
        int frames = 0;
        TurnFrameStatus status;
        while ((status = TurnFrameReader.Read(input, out int length)) == TurnFrameStatus.Complete)
        {
            if (length < TurnFrameReader.HeaderSize || length > input.Length || length % 4 != 0 || length > TurnFrameReader.MaxFrameSize) throw new InvalidOperationException("A frame is not in the stream.");
            if (TurnFrameReader.Read(input[..length], out int alone) != TurnFrameStatus.Complete || alone != length) throw new InvalidOperationException("A frame alone is another frame.");
            if (TurnFrameReader.Read(input[..(length - 1)], out _) != TurnFrameStatus.Incomplete) throw new InvalidOperationException("A frame is whole without its end.");
            input = input[length..];
            frames++;
        }

        return (Math.Min(frames, 20) << 2) | (int)status;
    }
}
