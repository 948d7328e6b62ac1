using BerOfChat.Fuzzing;
using BerOfChat.WebRtc.DataChannels;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>DATA_CHANNEL_OPEN: what was read and written again reads as the same.</summary>
internal sealed class ChannelOpenTarget : FuzzTarget
{
    public override IEnumerable<byte[]> Seeds =>
    [
        new ChannelOpenMessage("chat", "", ChannelReliability.Reliable).Write(),
        new ChannelOpenMessage("Zeichen: äöü€😀", "proto", new ChannelReliability { IsOrdered = false, MaxRetransmits = 3 }).Write(),
        new ChannelOpenMessage(new string('x', 1024), new string('y', 1024), new ChannelReliability { MaxPacketLifeTime = TimeSpan.FromMilliseconds(500) }).Write(),
        [2],
    ];

    public override IReadOnlyList<byte[]> Words { get; } = [[3, 0x80], [0, 0, 0, 0], [0x81], [0x82], [0xC3, 0x28], [0xED, 0xA0, 0x80]];

    public override int MaxInputLength => 4096;

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (!ChannelOpenMessage.TryParse(input, out ChannelOpenMessage? open)) return 0;
        if (!ChannelOpenMessage.TryParse(open!.Write(), out ChannelOpenMessage? again))
        {
            // Broken UTF-8 reads as the replacement character, which is longer: only such a text may outgrow the limit.
            return open.Label.Contains('�', StringComparison.Ordinal) || open.Protocol.Contains('�', StringComparison.Ordinal) ? 1 : throw new InvalidOperationException("What was written does not read.");
        }

        if (again != open) throw new InvalidOperationException("What was written reads as something else.");
        return HashCode.Combine(open.Reliability, open.Label.Length / 64, open.Protocol.Length / 64);
    }
}
