namespace BerOfChat.WebRtc.Sctp;

/// <summary>Control chunks waiting for a packet, and whole packets that answer outside of the association. Both are bounded: what a peer provokes beyond that is not said.</summary>
internal sealed class ControlOutbox
{
    private readonly Queue<(ChunkType Type, byte[] Value)> _chunks = [];
    private readonly Queue<byte[]> _packets = [];

    public void Add(ChunkType type, byte[] value)
    {
        if (_chunks.Count < SctpLimits.MaxPendingControlChunks) _chunks.Enqueue((type, value));
    }

    public void AddPacket(byte[]? packet)
    {
        if (packet is not null && _packets.Count < SctpLimits.MaxPendingControlChunks) _packets.Enqueue(packet);
    }

    /// <summary>One chunk in a packet of its own, under a tag that need not be the association's.</summary>
    public void AddPacket(uint tag, ushort port, ChunkType type, byte[] value)
    {
        byte[] packet = new byte[PacketWriter.HeaderSize + ChunkReader.Padded(ChunkReader.HeaderSize + value.Length)];
        PacketWriter writer = new(packet, tag, port);
        writer.WriteChunk(type, 0, value);
        writer.Finish();
        AddPacket(packet);
    }

    /// <summary>Takes a whole packet; 0 when there is none.</summary>
    public int TakePacket(Span<byte> destination)
    {
        if (!_packets.TryDequeue(out byte[]? packet)) return 0;
        packet.CopyTo(destination);
        return packet.Length;
    }

    /// <summary>Writes as many chunks as fit.</summary>
    public void Write(ref PacketWriter writer)
    {
        while (_chunks.TryPeek(out (ChunkType Type, byte[] Value) chunk) && ChunkReader.Padded(chunk.Value.Length + ChunkReader.HeaderSize) <= writer.Remaining)
        {
            _chunks.Dequeue();
            writer.WriteChunk(chunk.Type, 0, chunk.Value);
        }
    }

    public void Clear()
    {
        _chunks.Clear();
        _packets.Clear();
    }
}
