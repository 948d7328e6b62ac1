using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Tells the peer of what was given up, by FORWARD TSN chunks (RFC 3758 section 3.5): when there is something new, when it seems not to have heard, and when the retransmission timer expires.</summary>
internal sealed class ForwardTsn(OutstandingData outstanding)
{
    /// <summary>New cumulative TSN.</summary>
    private const int FixedSize = 4;

    /// <summary>More streams than that are told of in the next chunk.</summary>
    private const int MaxStreams = 64;

    private long _told = outstanding.CumulativeAcknowledged;
    private MonotonicTime _toldAt;
    private bool _mustRepeat;

    private bool IsDue => _mustRepeat || outstanding.AdvancedAcknowledged > Math.Max(_told, outstanding.CumulativeAcknowledged);

    /// <summary>The retransmission timer has expired.</summary>
    public void Repeat() => _mustRepeat = outstanding.AdvancedAcknowledged > outstanding.CumulativeAcknowledged;

    /// <summary>An acknowledgement has come: one that is behind what was told a round trip ago shows that the peer has not heard.</summary>
    public void NoteAcknowledgement(TimeSpan roundTrip, MonotonicTime now)
    {
        if (now - _toldAt >= roundTrip) Repeat();
        else if (outstanding.AdvancedAcknowledged == outstanding.CumulativeAcknowledged) _mustRepeat = false;
    }

    /// <summary>Writes the chunk that is due; returns whether one was.</summary>
    public bool Write(ref PacketWriter writer, MonotonicTime now)
    {
        if (!IsDue || writer.Remaining < ChunkReader.HeaderSize + FixedSize + (4 * MaxStreams)) return false;
        Span<(ushort Stream, ushort Sequence)> streams = stackalloc (ushort, ushort)[MaxStreams];
        int count = 0;
        long end = outstanding.AdvancedAcknowledged;
        for (long tsn = outstanding.CumulativeAcknowledged + 1; tsn <= end; tsn++)
        {
            ref readonly OutstandingChunk chunk = ref outstanding.Get(tsn);
            if (chunk.Flags.HasFlag(DataFlags.Unordered)) continue;
            int index = 0;
            while (index < count && streams[index].Stream != chunk.StreamId) index++;
            if (index == MaxStreams)
            {
                end = tsn - 1;
                break;
            }

            streams[index] = (chunk.StreamId, chunk.StreamSequence);
            count = Math.Max(count, index + 1);
        }

        writer.BeginChunk(ChunkType.ForwardTsn, 0);
        writer.WriteUInt32(TsnUnwrapper.Wrap(end));
        foreach ((ushort stream, ushort sequence) in streams[..count])
        {
            writer.WriteUInt16(stream);
            writer.WriteUInt16(sequence);
        }

        writer.EndChunk();
        _told = end;
        _toldAt = now;
        _mustRepeat = false;
        return true;
    }
}
