using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Messages put together from pieces that come in any order, twice, or never.</summary>
public sealed class ReassemblyTests
{
    private const byte End = 1, Begin = 2, Unordered = 4;
    private static readonly byte[] s_text = "seven pieces of one message"u8.ToArray();
    private readonly EndpointPair _pair = new(seed: 25);
    private readonly int _window;
    private uint _next;

    public ReassemblyTests()
    {
        for (ushort i = 0; i < 3; i++)
        {
            _pair.A.Open("boc", "", isOrdered: true, i);
            _pair.B.Open("boc", "", isOrdered: true, i);
        }

        _pair.Connect();
        Assert.True(_pair.RunUntil(() => _pair.A.IsConnected && _pair.B.IsConnected, TimeSpan.FromSeconds(60)));
        _pair.RunFor(TimeSpan.FromSeconds(1));
        _next = _pair.A.Association.Sender.LastAssignedTsn + 1;
        _window = _pair.B.Association.ReceiveWindow;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_pieces_of_a_message_make_it_in_every_order(bool isUnordered)
    {
        const int pieces = 6;
        ushort sequence = 0;
        foreach (int[] order in Permutations(pieces))
        {
            foreach (int i in order)
            {
                Assert.Empty(_pair.ReceivedByB);
                Give(i, (byte)((i == 0 ? Begin : 0) | (i == pieces - 1 ? End : 0) | (isUnordered ? Unordered : 0)), sequence, Piece(i, pieces));
            }

            AssertReceived(s_text);
            _next += pieces;
            if (!isUnordered) sequence++;
        }
    }

    [Fact]
    public void Whole_messages_come_in_their_order_whatever_the_order_of_their_arrival()
    {
        const int messages = 6;
        ushort sequence = 0;
        foreach (int[] order in Permutations(messages))
        {
            foreach (int i in order) Give(i, Begin | End, (ushort)(sequence + i), [(byte)i]);
            AssertReceived([.. Enumerable.Range(0, messages).Select(i => new[] { (byte)i })]);
            _next += messages;
            sequence += messages;
        }
    }

    [Fact]
    public void Messages_of_several_streams_and_kinds_do_not_wait_for_each_other()
    {
        // Two pieces each of an ordered message, an unordered one of the same stream, and an ordered one of another, in every order.
        ushort sequence = 0;
        foreach (int[] order in Permutations(6))
        {
            foreach (int i in order)
            {
                byte flags = (byte)((i % 2 == 0 ? Begin : End) | (i / 2 == 1 ? Unordered : 0));
                Give(i, flags, i / 2 == 1 ? (ushort)0 : sequence, [(byte)i], stream: (ushort)(i / 2 == 2 ? 1 : 0));
            }

            int[] expected = [0, 2, 4];
            Assert.Equal(expected, _pair.ReceivedByB.Select(m => (int)m.Payload.Span[0]).Order());
            Assert.All(_pair.ReceivedByB, m => Assert.Equal(m.Payload.Span[0] + 1, m.Payload.Span[1]));
            _pair.ReceivedByB.Clear();
            Assert.Equal(_window, _pair.B.Association.ReceiveWindow);
            _next += 6;
            sequence++;
        }
    }

    [Fact]
    public void Pieces_that_come_again_change_nothing()
    {
        const int pieces = 7;
        for (int i = 0; i < pieces; i++)
        {
            for (int j = 0; j <= i; j++) Give(j, (byte)((j == 0 ? Begin : 0) | (j == pieces - 1 ? End : 0)), sequence: 0, Piece(j, pieces));
        }

        AssertReceived(s_text);
        for (int j = 0; j < pieces; j++) Give(j, (byte)((j == 0 ? Begin : 0) | (j == pieces - 1 ? End : 0)), sequence: 0, Piece(j, pieces));
        Assert.Empty(_pair.ReceivedByB);
        Assert.Equal(_window, _pair.B.Association.ReceiveWindow);
    }

    [Fact]
    public void A_number_that_comes_as_two_different_chunks_is_the_first_of_them()
    {
        Give(0, Begin | Unordered, sequence: 0, [1]);
        Give(0, Begin | End, sequence: 0, [2]);
        Give(1, End, sequence: 0, [3]);
        Assert.Empty(_pair.ReceivedByB);
        Give(1, End | Unordered, sequence: 0, [4]);
        Assert.Empty(_pair.ReceivedByB);
        Assert.True(_pair.B.IsConnected);
        // Neither the end nor the beginning ever gets its other part; the next message is not touched by that.
        Give(2, Begin | End | Unordered, sequence: 0, [5]);
        Assert.Equal(5, Assert.Single(_pair.ReceivedByB).Payload.Span[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_given_up_is_forgotten_whatever_of_it_had_arrived_and_the_rest_goes_on(bool isUnordered)
    {
        byte kind = isUnordered ? Unordered : (byte)0;
        ushort sequence = 0;
        // Three pieces are given up of which every subset but the whole had arrived; then a whole message that waited behind them.
        for (int arrived = 0; arrived < 7; arrived++)
        {
            for (int i = 0; i < 3; i++)
            {
                if ((arrived & (1 << i)) != 0) Give(i, (byte)((i == 0 ? Begin : 0) | (i == 2 ? End : 0) | kind), sequence, [99]);
            }

            Give(3, (byte)(Begin | End | kind), isUnordered ? (ushort)0 : (ushort)(sequence + 1), [7]);
            if (!isUnordered) Assert.Empty(_pair.ReceivedByB);
            byte[] word = SctpPackets.Words(_next + 2);
            SctpPackets.Give(_pair, _pair.B, ChunkType.ForwardTsn, isUnordered ? word : [.. word, 0, 0, (byte)(sequence >> 8), (byte)sequence]);
            _pair.Drain();
            AssertReceived([7]);
            _next += 4;
            if (!isUnordered) sequence += 2;
        }
    }

    [Fact]
    public void What_lies_behind_the_words_of_a_packet_is_not_given_up_with_them()
    {
        // Two unordered messages of two pieces each: of the first only the beginning has come, of the second too, and its end follows.
        Give(0, Begin | Unordered, sequence: 0, [99]);
        Give(2, Begin | Unordered, sequence: 0, [1]);
        byte[] packet = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(packet, _pair.B.Association.Handshake.LocalTag);
        writer.WriteChunk(ChunkType.ForwardTsn, 0, SctpPackets.Words(_next));
        writer.WriteChunk(ChunkType.ForwardTsn, 0, SctpPackets.Words(_next + 1));
        writer.WriteChunk(ChunkType.Data, Begin | End | Unordered, SctpPackets.Data(_next + 4, 0, 0, PayloadProtocol.Binary, [3]));
        _pair.B.HandlePacket(packet.AsSpan(0, writer.Finish()), _pair.Now);
        Give(3, End | Unordered, sequence: 0, [2]);
        AssertReceived([3], [1, 2]);
    }

    [Fact]
    public void One_word_gives_up_messages_of_several_streams()
    {
        for (ushort stream = 0; stream < 3; stream++) Give(stream * 2, Begin, sequence: 0, [99], stream);
        for (ushort stream = 0; stream < 3; stream++) Give(6 + stream, Begin | End, sequence: 1, [(byte)stream], stream);
        Assert.Empty(_pair.ReceivedByB);
        SctpPackets.Give(_pair, _pair.B, ChunkType.ForwardTsn, SctpPackets.Words(_next + 5, 0x0000_0000, 0x0001_0000, 0x0002_0000));
        _pair.Drain();
        AssertReceived([0], [1], [2]);
    }

    [Fact]
    public void Until_the_first_message_comes_the_others_wait_for_it()
    {
        EndpointPair pair = new(seed: 26);
        pair.ConnectWithChannel(TimeSpan.FromSeconds(60));
        bool isFirst = true;
        SctpPackets.Lose(pair, LinkEnd.A, c => c.Type == ChunkType.Data && isFirst && !(isFirst = false));
        for (byte i = 0; i < 10; i++) pair.A.Send(0, DataChannelMessageKind.Binary, [.. Enumerable.Repeat(i, 1100)]);
        Assert.True(pair.RunUntil(() => pair.ReceivedByB.Count == 10, TimeSpan.FromSeconds(10)));
        Assert.Equal(Enumerable.Range(0, 10), pair.ReceivedByB.Select(m => (int)m.Payload.Span[0]));
        Assert.False(isFirst);
    }

    private void Give(int offset, byte flags, ushort sequence, ReadOnlySpan<byte> payload, ushort stream = 0)
    {
        SctpPackets.Give(_pair, _pair.B, ChunkType.Data, SctpPackets.Data((uint)(_next + offset), stream, sequence, PayloadProtocol.Binary, payload), flags);
        _pair.Drain();
    }

    // What is held is nothing then.
    private void AssertReceived(params byte[][] messages)
    {
        Assert.Equal(messages, _pair.ReceivedByB.Select(m => m.Payload.ToArray()));
        _pair.ReceivedByB.Clear();
        Assert.Equal(_window, _pair.B.Association.ReceiveWindow);
    }

    private static ReadOnlySpan<byte> Piece(int number, int count)
    {
        int size = (s_text.Length + count - 1) / count;
        return s_text.AsSpan(Math.Min(number * size, s_text.Length), Math.Min(size, s_text.Length - (number * size)));
    }

    private static IEnumerable<int[]> Permutations(int count)
    {
        if (count == 0)
        {
            yield return [];
            yield break;
        }

        foreach (int[] rest in Permutations(count - 1))
        {
            for (int i = 0; i < count; i++) yield return [.. rest[..i], count - 1, .. rest[i..]];
        }
    }
}
