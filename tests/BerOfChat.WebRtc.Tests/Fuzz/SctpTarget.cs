using System.Buffers.Binary;
using BerOfChat.Fuzzing;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.DataChannels;
using BerOfChat.WebRtc.Tests.Sctp;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>Packets of a peer inside an association: two sides connect, talk, and then one says what the input says.</summary>
/// <remarks>The input is a row of packets, each behind a u16 length, so that mutation also tries sequences.</remarks>
internal class SctpTarget : FuzzTarget
{
    private const int MaxPackets = 16;
    private const int MaxAnswers = 1000;
    private readonly List<byte[]> _seeds = [];
    private readonly uint _tag;
    private readonly byte[] _buffer = new byte[2048];
    private readonly SctpExtensions _extensions;

    public SctpTarget()
        : this(SctpExtensions.None)
    {
    }

    protected SctpTarget(SctpExtensions extensions)
    {
        _extensions = extensions;
        // What the honest peer says is where mutation starts.
        EndpointPair pair = Connect();
        List<byte[]> said = [];
        int channel = Open(pair.B);
        pair.B.Send(channel, DataChannelMessageKind.Text, "hello from a channel"u8);
        pair.B.Send(channel, DataChannelMessageKind.Binary, new byte[3000]);
        Collect(pair, said);
        pair.B.Close(channel);
        Collect(pair, said);
        _tag = BinaryPrimitives.ReadUInt32BigEndian(said[0].AsSpan(4));
        foreach (byte[] packet in said) _seeds.Add(Frame(packet));
        _seeds.Add([.. said.SelectMany(Frame)]);
        foreach (ChunkType type in Enum.GetValues<ChunkType>()) _seeds.Add(Frame(Chunk((byte)type, new byte[16])));
        _seeds.Add(Frame(Chunk((byte)ChunkType.Sack, [0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 2, 0, 3, 0, 0, 0, 1])));
        _seeds.Add(Frame(Chunk(0xC1, new byte[8])));
        uint tsn = pair.B.Association.Sender.LastAssignedTsn;
        _seeds.Add(Frame(Chunk((byte)ChunkType.IData, InterleavedChunks.Data(tsn + 1, 0, 0, 1, "part"u8))));
        _seeds.Add(Frame(Chunk((byte)ChunkType.IForwardTsn, InterleavedChunks.Forward(tsn + 2, new Skipped(0, false, 1), new Skipped(0, true, 1)))));
    }

    public override IEnumerable<byte[]> Seeds => _seeds;

    public override IReadOnlyList<byte[]> Words { get; } = [[0, 13, 0, 16], [0, 14, 0, 16], [0, 15, 0, 8], [0, 16, 0, 12], [0, 17, 0, 12], [0xC0, 0, 0, 4], [0x80, 8, 0, 6, 192, 130], [0x80, 8, 0, 8, 130, 192, 64, 194], [0x80, 1, 0, 8, 0, 0, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0, 0, 0, 50]];

    // Two endpoints are made for each input; beyond them a packet may make the receiver hold and answer a little more than itself.
    public override long MaxAllocation(int inputLength) => 512 * 1024 + (256L * inputLength);

    public override byte[] Repair(byte[] input)
    {
        Span<byte> rest = input;
        while (TryTakePacket(ref rest, out Span<byte> packet))
        {
            if (packet.Length < PacketWriter.HeaderSize) continue;
            BinaryPrimitives.WriteUInt16BigEndian(packet, SctpLimits.Port);
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], SctpLimits.Port);
            bool isInit = packet.Length > PacketWriter.HeaderSize && packet[PacketWriter.HeaderSize] == (byte)ChunkType.Init;
            BinaryPrimitives.WriteUInt32BigEndian(packet[4..], isInit ? 0 : _tag);
            BinaryPrimitives.WriteUInt32LittleEndian(packet[8..], Crc32C.ComputeAround(packet[..8], packet[12..]));
        }

        return input;
    }

    public override int Run(ReadOnlySpan<byte> input)
    {
        EndpointPair pair = Connect();
        DataChannelEndpoint victim = pair.A;
        MonotonicTime now = pair.Now;
        Span<byte> rest = input.ToArray();
        int packets = 0, answers = 0, messages = 0, kinds = 0;
        while (packets < MaxPackets && TryTakePacket(ref rest, out Span<byte> packet))
        {
            packets++;
            victim.HandlePacket(packet, now);
            Drain();
            now += TimeSpan.FromMilliseconds(150);
            if (victim.NextTimeout <= now) victim.HandleTimeout(now);
            Drain();
        }

        return HashCode.Combine(victim.IsConnected, kinds, Math.Min(messages, 4), Math.Min(answers, 8), victim.DroppedMessages > 0, victim.Association.DroppedPackets > 0);

        void Drain()
        {
            while (victim.TryReadMessage(out ReceivedMessage message))
            {
                messages++;
                if (message.Payload.Length > DataChannelEndpoint.DefaultMaxIncomingMessage) throw new InvalidOperationException("A message is larger than any may be.");
                victim.Consume(message.Charge);
                message.Payload.Release();
            }

            while (victim.WritePacket(_buffer, now) is > 0 and int length)
            {
                if (length > SctpLimits.MaxPacketSize) throw new InvalidOperationException("A packet is larger than the path.");
                if (++answers > MaxAnswers) throw new InvalidOperationException("A few packets are answered by very many.");
                kinds |= 1 << (_buffer[PacketWriter.HeaderSize] & 31);
            }

            while (victim.TryReadEvent(out DataChannelEvent e)) kinds |= 1 << (16 + (int)e.Kind);
        }
    }

    private EndpointPair Connect()
    {
        EndpointPair pair = new(seed: 7, new LinkConditions { Delay = TimeSpan.FromMilliseconds(1) }, _extensions);
        pair.Connect();
        int channel = Open(pair.A);
        Assert.True(pair.RunUntil(() => pair.A.IsConnected && pair.B.IsConnected, TimeSpan.FromSeconds(5)));
        pair.A.Send(channel, DataChannelMessageKind.Text, "something that waits for its acknowledgement"u8);
        return pair;
    }

    private static int Open(DataChannelEndpoint endpoint) => endpoint.Open("chat", "", isOrdered: true, null);

    private void Collect(EndpointPair pair, List<byte[]> said)
    {
        while (pair.B.WritePacket(_buffer, pair.Now) is > 0 and int length) said.Add(_buffer[..length]);
        foreach (byte[] packet in said) pair.A.HandlePacket(packet, pair.Now);
        while (pair.A.WritePacket(_buffer, pair.Now) is > 0 and int length) pair.B.HandlePacket(_buffer.AsSpan(0, length), pair.Now);
        while (pair.B.WritePacket(_buffer, pair.Now) is > 0 and int length) said.Add(_buffer[..length]);
    }

    private byte[] Chunk(byte type, ReadOnlySpan<byte> value)
    {
        PacketWriter writer = new(_buffer.AsSpan(0, 1191), _tag);
        writer.WriteChunk((ChunkType)type, 0, value);
        return _buffer[..writer.Finish()];
    }

    private static byte[] Frame(byte[] packet) => [(byte)(packet.Length >> 8), (byte)(packet.Length & 0xFF), .. packet];

    private static bool TryTakePacket(ref Span<byte> input, out Span<byte> packet)
    {
        packet = default;
        if (input.Length < sizeof(ushort)) return false;
        int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(input) % 1192, input.Length - sizeof(ushort));
        packet = input.Slice(sizeof(ushort), length);
        input = input[(sizeof(ushort) + length)..];
        return true;
    }
}
