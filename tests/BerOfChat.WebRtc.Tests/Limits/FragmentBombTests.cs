using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.Connection;
using BerOfChat.WebRtc.Tests.DataChannels;
using BerOfChat.WebRtc.Tests.Sctp;

namespace BerOfChat.WebRtc.Tests.Limits;

/// <summary>Pieces of messages that never become whole. What they hold is measured on the whole process, so nothing else runs meanwhile.</summary>
[Collection(AloneDefinition.Name)]
public sealed class FragmentBombTests
{
    private const byte End = 1, Begin = 2, Unordered = 4;
    private const long Memory = 24 * 1024 * 1024;
    private readonly EndpointPair _pair = new(seed: 31) { Reads = false };
    private readonly uint _tsn;

    public FragmentBombTests()
    {
        _pair.ConnectWithChannel(TimeSpan.FromSeconds(60));
        _pair.RunFor(TimeSpan.FromSeconds(1));
        _tsn = _pair.A.Association.Sender.LastAssignedTsn;
    }

    private DataChannelEndpoint Victim => _pair.B;

    /// <summary>What each chunk of a bomb is like, by its number.</summary>
    public static TheoryData<string> Bombs => ["one message in pieces of a byte", "messages that begin and do not end", "the same, unordered", "the same, on many streams", "messages behind one that is missing", "pieces far apart"];

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_bomb_of_fragments_fills_the_window_and_little_more_memory(string bomb)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 200_000 && Victim.IsConnected; i++)
        {
            (int offset, ushort stream, ushort sequence, byte flags) = bomb switch
            {
                "one message in pieces of a byte" => (i, (ushort)0, (ushort)0, i == 0 ? Begin : (byte)0),
                "messages that begin and do not end" => (i, (ushort)0, (ushort)(i % 30_000), Begin),
                "the same, unordered" => (i, (ushort)0, (ushort)0, (byte)(Begin | Unordered)),
                "the same, on many streams" => (i, (ushort)(i % 60_000), (ushort)0, Begin),
                "messages behind one that is missing" => (i, (ushort)0, (ushort)(1 + (i % 30_000)), (byte)(Begin | End)),
                _ => (2 * i, (ushort)0, (ushort)0, (byte)0),
            };
            SctpPackets.Receive(Victim, _pair.Now, ChunkType.Data, SctpPackets.Data(unchecked(_tsn + 1 + (uint)offset), stream, sequence, PayloadProtocol.Binary, [1]), flags);
            if (i % 1000 == 0) SctpPackets.Take(_pair, Victim);
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Memory);
        Assert.True(!Victim.IsConnected || Victim.Association.ReceiveWindow < SctpLimits.ReceiveWindow);
    }
}
