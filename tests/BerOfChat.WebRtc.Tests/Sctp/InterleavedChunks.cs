using System.Buffers.Binary;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>I-DATA and I-FORWARD-TSN chunks made by hand, from the figures of RFC 8260, and read.</summary>
internal static class InterleavedChunks
{
    /// <summary>The value of an I-DATA chunk (RFC 8260 section 2.1).</summary>
    /// <param name="tsn">Its TSN.</param>
    /// <param name="stream">Its stream.</param>
    /// <param name="messageId">MID.</param>
    /// <param name="word">PPID in the first fragment, FSN in the others.</param>
    /// <param name="payload">Its bytes.</param>
    public static byte[] Data(uint tsn, ushort stream, uint messageId, uint word, ReadOnlySpan<byte> payload)
    {
        byte[] value = new byte[16 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(value, tsn);
        BinaryPrimitives.WriteUInt16BigEndian(value.AsSpan(4), stream);
        BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(8), messageId);
        BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(12), word);
        payload.CopyTo(value.AsSpan(16));
        return value;
    }

    /// <summary>The value of an I-FORWARD-TSN chunk (RFC 8260 section 2.3.1).</summary>
    public static byte[] Forward(uint tsn, params ReadOnlySpan<Skipped> skipped)
    {
        byte[] value = new byte[4 + (8 * skipped.Length)];
        BinaryPrimitives.WriteUInt32BigEndian(value, tsn);
        for (int i = 0; i < skipped.Length; i++)
        {
            Span<byte> entry = value.AsSpan(4 + (8 * i));
            BinaryPrimitives.WriteUInt16BigEndian(entry, skipped[i].Stream);
            entry[3] = skipped[i].IsUnordered ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt32BigEndian(entry[4..], skipped[i].MessageId);
        }

        return value;
    }

    public static ushort Stream(this SeenChunk data) => BinaryPrimitives.ReadUInt16BigEndian(data.Value.AsSpan(4));

    public static uint MessageId(this SeenChunk data) => data.Word(2);

    /// <summary>PPID in the first fragment, FSN in the others.</summary>
    public static uint LastWord(this SeenChunk data) => data.Word(3);

    public static DataFlags DataFlags(this SeenChunk data) => (DataFlags)data.Flags;
}

/// <summary>An entry of an I-FORWARD-TSN chunk: the highest number given up on a stream, of the ordered or of the unordered messages.</summary>
internal readonly record struct Skipped(ushort Stream, bool IsUnordered, uint MessageId);
