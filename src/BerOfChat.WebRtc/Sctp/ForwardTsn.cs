using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Tells the peer of what was given up, by FORWARD TSN chunks (RFC 3758 section 3.5) or, where messages are interleaved, by I-FORWARD-TSN chunks (RFC 8260 section 2.3.1): when there is something new, when it seems not to have heard, and when the retransmission timer expires.</summary>
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

    /// <summary>Whether messages are interleaved: then unordered ones are told of too, and all by numbers of 32 bits.</summary>
    public bool IsInterleaved { get; set; }

    private int EntrySize => IsInterleaved ? 8 : 4;

    /// <summary>Writes the chunk that is due; returns whether one was.</summary>
    public bool Write(ref PacketWriter writer, MonotonicTime now)
    {
        if (!IsDue || writer.Remaining < ChunkReader.HeaderSize + FixedSize + (EntrySize * MaxStreams)) return false;
        // Of each stream the highest number, which is the last one: a stream's messages are sent one after another.
        Span<(ushort Stream, bool IsUnordered, uint Message)> skipped = stackalloc (ushort, bool, uint)[MaxStreams];
        int count = 0;
        long end = outstanding.AdvancedAcknowledged;
        for (long tsn = outstanding.CumulativeAcknowledged + 1; tsn <= end; tsn++)
        {
            ref readonly OutstandingChunk chunk = ref outstanding.Get(tsn);
            bool isUnordered = chunk.Flags.Has(DataFlags.Unordered);
            if (!chunk.IsAbandoned || (isUnordered && !IsInterleaved)) continue;
            int index = 0;
            while (index < count && (skipped[index].Stream != chunk.StreamId || skipped[index].IsUnordered != isUnordered)) index++;
            if (index == MaxStreams)
            {
                end = tsn - 1;
                break;
            }

            skipped[index] = (chunk.StreamId, isUnordered, chunk.MessageId);
            count = Math.Max(count, index + 1);
        }

        writer.BeginChunk(IsInterleaved ? ChunkType.IForwardTsn : ChunkType.ForwardTsn, 0);
        writer.WriteUInt32(TsnUnwrapper.Wrap(end));
        foreach ((ushort stream, bool isUnordered, uint message) in skipped[..count])
        {
            writer.WriteUInt16(stream);
            if (IsInterleaved)
            {
                writer.WriteUInt16(isUnordered ? (ushort)1 : (ushort)0);
                writer.WriteUInt32(message);
            }
            else
            {
                writer.WriteUInt16(unchecked((ushort)message));
            }
        }

        writer.EndChunk();
        _told = end;
        _toldAt = now;
        _mustRepeat = false;
        return true;
    }
}
