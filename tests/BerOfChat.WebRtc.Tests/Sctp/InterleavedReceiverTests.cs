using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>What a peer may send in I-DATA and I-FORWARD-TSN chunks, and what ends its association.</summary>
public sealed class InterleavedReceiverTests
{
    private const byte Begin = 2, Middle = 0, End = 1, Whole = 3, Unordered = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private readonly EndpointPair _pair = new(seed: 6, ofA: SctpForms.Interleaved);
    private readonly uint _tsn;

    public InterleavedReceiverTests()
    {
        foreach (ushort stream in (ushort[])[0, 2])
        {
            _pair.A.Open("boc", "", isOrdered: true, negotiatedId: stream);
            _pair.B.Open("boc", "", isOrdered: true, negotiatedId: stream);
        }

        _pair.Connect();
        Assert.True(_pair.RunUntil(() => _pair.A.IsConnected && _pair.B.IsConnected, s_patience));
        _tsn = _pair.A.Association.Sender.LastAssignedTsn + 1;
    }

    [Fact]
    public void Fragments_are_put_together_by_stream_kind_message_and_number()
    {
        Give(0, 0, 0, PayloadProtocol.Text, "or", Begin);
        Give(1, 0, 0, PayloadProtocol.Text, "un", Begin | Unordered);
        Give(2, 2, 0, PayloadProtocol.Text, "el", Begin);
        Give(3, 0, 0, 1, "de", Middle);
        Give(4, 0, 1, PayloadProtocol.Text, "first", Whole | Unordered);
        Give(5, 2, 0, 1, "se", End);
        Give(6, 0, 0, 1, "ordered", End | Unordered);
        Give(7, 0, 0, 2, "red", End);
        Assert.Equal(["first", "else", "unordered", "ordered"], Received());
    }

    [Fact]
    public void Fragments_in_any_order_make_the_same_messages_in_the_order_of_their_streams_from_every_seed()
    {
        foreach (int seed in Seeds.Take(200))
        {
            foreach (bool isInterleaved in (bool[])[true, false])
            {
                Random random = new(seed);
                SctpReceiver receiver = new(peerInitialTsn: 1, isInterleaved: isInterleaved);
                List<string>[] sent = [.. Enumerable.Range(0, 4).Select(_ => new List<string>())];
                List<byte[]> chunks = Cut(random, isInterleaved, sent);
                // Duplicates among them, and nothing so late that it would not be believed.
                foreach (byte[] chunk in chunks.Concat(chunks.Take(20)).OrderBy(_ => random.Next()))
                {
                    ChunkReader reader = new(chunk);
                    Assert.True(reader.TryRead(out Chunk read));
                    Assert.True(receiver.Handle(read) == DataVerdict.Taken, $"seed {seed}");
                }

                List<string>[] received = [.. Enumerable.Range(0, 4).Select(_ => new List<string>())];
                while (receiver.TryRead(out SctpMessage message))
                {
                    received[message.StreamId].Add(System.Text.Encoding.ASCII.GetString(message.Payload.ToArray()));
                    receiver.Consume(message.WindowCharge);
                    message.Payload.Release();
                }

                for (int stream = 0; stream < 4; stream++)
                {
                    bool isOrdered = stream < 2;
                    Assert.True((isOrdered ? received[stream] : [.. received[stream].Order()]).SequenceEqual(isOrdered ? sent[stream] : sent[stream].Order()), $"seed {seed}, stream {stream}, interleaved: {isInterleaved}");
                }

                Assert.True(receiver.Window == SctpLimits.ReceiveWindow, $"seed {seed}: something is still kept");
            }
        }
    }

    [Fact]
    public void Numbers_of_messages_wrap_around()
    {
        // Words of given-up messages bring the numbers to their end without four billion messages.
        Forward(0, new Skipped(0, false, 0x7000_0000), new Skipped(0, true, 0x7000_0000));
        Forward(1, new Skipped(0, false, 0xE000_0000), new Skipped(0, true, 0xE000_0000));
        Forward(2, new Skipped(0, false, uint.MaxValue - 1), new Skipped(0, true, uint.MaxValue - 1));
        Give(4, 0, 0, PayloadProtocol.Text, "later", Whole);
        Give(5, 0, 0, 1, "d", End | Unordered);
        Give(6, 0, uint.MaxValue, 1, "b", End | Unordered);
        Give(7, 0, 0, PayloadProtocol.Text, "c", Begin | Unordered);
        Give(8, 0, uint.MaxValue, PayloadProtocol.Text, "a", Begin | Unordered);
        Give(3, 0, uint.MaxValue, PayloadProtocol.Text, "sooner", Whole);
        Assert.Equal(["cd", "ab", "sooner", "later"], Received());
    }

    [Fact]
    public void What_was_given_up_is_forgotten_of_the_kind_that_was_named_and_what_waited_is_handed_over()
    {
        Give(0, 0, 0, PayloadProtocol.Text, "ha", Begin);
        Give(1, 0, 0, PayloadProtocol.Text, "un", Begin | Unordered);
        Give(2, 0, 1, PayloadProtocol.Text, "waits", Whole);
        Give(3, 0, 1, PayloadProtocol.Text, "ne", Begin | Unordered);
        Forward(4, new Skipped(0, false, 0), new Skipped(0, true, 0));
        Give(5, 0, 1, 1, "xt", End | Unordered);
        Assert.Equal(["waits", "next"], Received());
        Assert.Equal(SctpLimits.ReceiveWindow, _pair.B.Association.ReceiveWindow);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_peer_that_has_agreed_to_interleave_and_does_not_loses_the_association(bool isData)
    {
        byte[] value = isData ? SctpPackets.Data(_tsn, 0, 0, PayloadProtocol.Text, "x"u8) : SctpPackets.Words(_tsn);
        AssertViolation(SctpPackets.Give(_pair, _pair.B, isData ? ChunkType.Data : ChunkType.ForwardTsn, value, Whole), SctpCauseCode.ProtocolViolation);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_peer_that_interleaves_and_has_not_agreed_to_loses_the_association(bool isData)
    {
        EndpointPair pair = new(seed: 7, ofA: SctpForms.Interleaved, ofB: SctpExtensions.None);
        pair.Connect();
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, s_patience));
        byte[] value = isData ? InterleavedChunks.Data(_tsn, 0, 0, PayloadProtocol.Text, "x"u8) : InterleavedChunks.Forward(_tsn);
        AssertViolation(SctpPackets.Give(pair, pair.B, isData ? ChunkType.IData : ChunkType.IForwardTsn, value, Whole), SctpCauseCode.ProtocolViolation);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(3u)]
    public void Two_fragments_under_one_number_end_the_association(uint number)
    {
        Give(0, 0, 0, PayloadProtocol.Text, "a", Begin);
        Give(1, 0, 0, 1, "b", Middle);
        Give(2, 0, 0, 3, "d", Middle);
        byte[] again = InterleavedChunks.Data(_tsn + 3, 0, 0, number == 0 ? PayloadProtocol.Text : number, "x"u8);
        AssertViolation(SctpPackets.Give(_pair, _pair.B, ChunkType.IData, again, number == 0 ? Begin : Middle), SctpCauseCode.ProtocolViolation);
    }

    [Fact]
    public void A_fragment_in_the_midst_of_what_was_put_together_spoils_nothing_and_stays_charged()
    {
        Give(0, 0, 0, PayloadProtocol.Text, "a", Begin);
        Give(1, 0, 0, 1, "b", Middle);
        Give(2, 0, 0, 2, "c", Middle);
        Give(3, 0, 0, 1, "X", Middle);
        Give(4, 0, 0, 3, "d", End);
        Assert.Equal(["abcd"], Received());
        Assert.Equal(SctpLimits.ReceiveWindow - SctpLimits.ChunkOverhead - 1, _pair.B.Association.ReceiveWindow);
        Give(5, 0, 1, PayloadProtocol.Text, "next", Whole);
        Assert.Equal(["abcd", "next"], Received());
    }

    [Fact]
    public void A_chunk_without_data_ends_the_association()
    {
        IReadOnlyList<SeenChunk> answer = SctpPackets.Give(_pair, _pair.B, ChunkType.IData, InterleavedChunks.Data(_tsn, 0, 0, PayloadProtocol.Text, []), Whole);
        AssertViolation(answer, SctpCauseCode.NoUserData);
    }

    [Fact]
    public void A_fragment_behind_the_first_that_has_the_first_ones_number_is_none()
    {
        Assert.Empty(SctpPackets.Give(_pair, _pair.B, ChunkType.IData, InterleavedChunks.Data(_tsn, 0, 0, 0, "x"u8), End));
        Assert.Equal(SctpLimits.ReceiveWindow, _pair.B.Association.ReceiveWindow);
    }

    private void Give(uint offset, ushort stream, uint messageId, uint word, string payload, byte flags) =>
        SctpPackets.Give(_pair, _pair.B, ChunkType.IData, InterleavedChunks.Data(_tsn + offset, stream, messageId, word, System.Text.Encoding.ASCII.GetBytes(payload)), flags);

    private void Forward(uint offset, params ReadOnlySpan<Skipped> skipped) => SctpPackets.Give(_pair, _pair.B, ChunkType.IForwardTsn, InterleavedChunks.Forward(_tsn + offset, skipped));

    private IEnumerable<string> Received()
    {
        _pair.Drain();
        return _pair.ReceivedByB.Select(m => System.Text.Encoding.ASCII.GetString(m.Payload.Span));
    }

    private static void AssertViolation(IReadOnlyList<SeenChunk> answer, SctpCauseCode cause) => Assert.Contains(answer, c => c.Type == ChunkType.Abort && c.Cause == cause);

    // Messages of four streams, the last two unordered, cut into chunks whose TSNs go in turns where that is allowed.
    private static List<byte[]> Cut(Random random, bool isInterleaved, List<string>[] sent)
    {
        SendQueue queue = new() { IsInterleaving = isInterleaved };
        BerOfChat.WebRtc.Buffers.BlockChain chain = new();
        for (int i = 0; i < 30; i++)
        {
            int stream = random.Next(4);
            string text = new((char)('a' + random.Next(26)), random.Next(1, 50));
            sent[stream].Add(text);
            queue.Add(new OutgoingMessage((ushort)stream, PayloadProtocol.Text, stream >= 2, chain.Write(System.Text.Encoding.ASCII.GetBytes(text))));
        }

        List<byte[]> chunks = [];
        for (uint tsn = 1; queue.TryTake(random.Next(1, 20), out OutstandingChunk chunk); tsn++)
        {
            byte[] packet = new byte[100];
            PacketWriter writer = new(packet, 1);
            chunk.Write(ref writer, tsn, DataFlags.None);
            chunks.Add(packet[PacketWriter.HeaderSize..writer.Finish()]);
            queue.EndPacket();
        }

        return chunks;
    }
}
