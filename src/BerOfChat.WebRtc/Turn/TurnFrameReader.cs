using System.Buffers.Binary;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>Finds the frames in a stream of TCP or TLS: STUN messages and channel data lie in it one behind the other (RFC 8656 section 12.5).</summary>
/// <remarks>It has no state: the owner keeps what is not a whole frame yet and asks again with more.</remarks>
internal static class TurnFrameReader
{
    /// <summary>The bytes that tell how long a frame is.</summary>
    public const int HeaderSize = 4;

    /// <summary>The longest frame that there can be: its length is a multiple of four in 16 bits.</summary>
    public const int MaxFrameSize = StunMessage.HeaderSize + 65_532;

    /// <summary>Looks for a frame at the beginning of what has been received.</summary>
    /// <param name="received">All bytes that no frame was made of yet.</param>
    /// <param name="length">The length of the frame with its padding; 0 while that is not known.</param>
    public static TurnFrameStatus Read(ReadOnlySpan<byte> received, out int length)
    {
        length = 0;
        if (received.IsEmpty) return TurnFrameStatus.Incomplete;
        bool isStun = received[0] < ChannelData.FirstByte;
        if (!isStun && received[0] > ChannelData.LastByte) return TurnFrameStatus.Invalid;
        if (received.Length < HeaderSize) return TurnFrameStatus.Incomplete;

        int size = BinaryPrimitives.ReadUInt16BigEndian(received[2..]);
        if (isStun && size % 4 != 0) return TurnFrameStatus.Invalid;
        length = isStun ? StunMessage.HeaderSize + size : ChannelData.HeaderSize + ((size + 3) & ~3);
        return received.Length < length ? TurnFrameStatus.Incomplete : TurnFrameStatus.Complete;
    }
}

/// <summary>What stands at the beginning of a stream.</summary>
internal enum TurnFrameStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>A whole frame.</summary>
    Complete,

    /// <summary>Neither STUN nor channel data: where the next frame begins cannot be known, so the stream is of no use any more.</summary>
    Invalid,
}
