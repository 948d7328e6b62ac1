using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The causes inside an ABORT or ERROR chunk: code, length and value, padded like parameters (RFC 9260 section 3.3.10).</summary>
internal static class ErrorCause
{
    /// <summary>No cause repeats more than this of what the peer has sent.</summary>
    public const int MaxEchoedSize = 256;

    private const ushort StateCookieParameter = 7;

    /// <summary>One cause as the value of a chunk; what it repeats of the peer is cut off at <see cref="MaxEchoedSize"/>.</summary>
    public static byte[] Write(SctpCauseCode code, ReadOnlySpan<byte> information = default)
    {
        information = information[..Math.Min(information.Length, MaxEchoedSize)];
        byte[] cause = new byte[ChunkReader.Padded(ChunkReader.HeaderSize + information.Length)];
        BinaryPrimitives.WriteUInt16BigEndian(cause, (ushort)code);
        BinaryPrimitives.WriteUInt16BigEndian(cause.AsSpan(2), (ushort)(ChunkReader.HeaderSize + information.Length));
        information.CopyTo(cause.AsSpan(ChunkReader.HeaderSize));
        return cause;
    }

    /// <summary>The stream that a chunk of data names does not exist.</summary>
    public static byte[] InvalidStream(Chunk data) => Write(SctpCauseCode.InvalidStreamIdentifier, [data.Value[4], data.Value[5], 0, 0]);

    /// <summary>An INIT ACK came without its cookie: one parameter is missing, and this is its type.</summary>
    public static byte[] MissingCookie() => Write(SctpCauseCode.MissingMandatoryParameter, [0, 0, 0, 1, 0, (byte)StateCookieParameter]);

    public static byte[] StaleCookie(TimeSpan staleness)
    {
        Span<byte> microseconds = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(microseconds, (uint)Math.Min(uint.MaxValue, Math.Max(0, staleness.TotalMicroseconds)));
        return Write(SctpCauseCode.StaleCookie, microseconds);
    }

    /// <summary>A chunk of data carries none; the cause names its TSN.</summary>
    public static byte[] NoUserData(Chunk data) => Write(SctpCauseCode.NoUserData, data.Value[..sizeof(uint)]);

    /// <summary>The first cause of a chunk; false when it has none.</summary>
    public static bool TryReadFirst(ReadOnlySpan<byte> value, out SctpCauseCode code)
    {
        ChunkReader causes = new(value);
        bool found = causes.TryRead(out Chunk cause);
        code = found ? (SctpCauseCode)cause.ParameterType : 0;
        return found;
    }

    /// <summary>Whether a cause is among those of a chunk.</summary>
    public static bool Contains(ReadOnlySpan<byte> value, SctpCauseCode code)
    {
        ChunkReader causes = new(value);
        while (causes.TryRead(out Chunk cause))
        {
            if ((SctpCauseCode)cause.ParameterType == code) return true;
        }

        return false;
    }

    /// <summary>The cause in words, to follow "The peer has ended the connection: ".</summary>
    public static string Describe(SctpCauseCode code) => code switch
    {
        SctpCauseCode.InvalidStreamIdentifier => "invalid stream identifier",
        SctpCauseCode.MissingMandatoryParameter => "missing mandatory parameter",
        SctpCauseCode.StaleCookie => "stale cookie",
        SctpCauseCode.OutOfResource => "out of resource",
        SctpCauseCode.UnresolvableAddress => "unresolvable address",
        SctpCauseCode.UnrecognizedChunkType => "unrecognized chunk type",
        SctpCauseCode.InvalidMandatoryParameter => "invalid mandatory parameter",
        SctpCauseCode.UnrecognizedParameters => "unrecognized parameters",
        SctpCauseCode.NoUserData => "no user data",
        SctpCauseCode.CookieReceivedWhileShuttingDown => "cookie received while shutting down",
        SctpCauseCode.RestartWithNewAddresses => "restart of an association with new addresses",
        SctpCauseCode.UserInitiatedAbort => "user-initiated abort",
        SctpCauseCode.ProtocolViolation => "protocol violation",
        _ => $"cause {(ushort)code}",
    };
}
