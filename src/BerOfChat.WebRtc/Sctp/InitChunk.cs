using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>An INIT or INIT ACK chunk (RFC 9260 sections 3.3.2 and 3.3.3): what one side starts with.</summary>
internal readonly ref struct InitChunk
{
    private const int FixedSize = 16;
    private const ushort StateCookieParameter = 7;
    private const ushort ForwardTsnParameter = 0xC000;
    private const ushort SupportedExtensionsParameter = 0x8008;

    public required uint InitiateTag { get; init; }

    public required uint ReceiveWindow { get; init; }

    public required ushort OutboundStreams { get; init; }

    public required ushort InboundStreams { get; init; }

    public required uint InitialTsn { get; init; }

    public required bool SupportsForwardTsn { get; init; }

    public required bool SupportsReConfig { get; init; }

    /// <summary>The state cookie of an INIT ACK; empty in an INIT.</summary>
    public ReadOnlySpan<byte> Cookie { get; init; }

    /// <summary>Fails on what RFC 9260 forbids: too short, a zero tag, no streams.</summary>
    public static bool TryParse(Chunk chunk, out InitChunk init)
    {
        init = default;
        ReadOnlySpan<byte> value = chunk.Value;
        if (value.Length < FixedSize) return false;

        ReadOnlySpan<byte> cookie = default;
        bool forwardTsn = false, reConfig = false;
        ChunkReader parameters = new(value[FixedSize..]);
        while (parameters.TryRead(out Chunk parameter))
        {
            switch (parameter.ParameterType)
            {
                case StateCookieParameter:
                    cookie = parameter.Value;
                    break;
                case ForwardTsnParameter:
                    forwardTsn = true;
                    break;
                case SupportedExtensionsParameter:
                    forwardTsn |= parameter.Value.Contains((byte)ChunkType.ForwardTsn);
                    reConfig |= parameter.Value.Contains((byte)ChunkType.ReConfig);
                    break;
            }
        }

        if (parameters.IsMalformed) return false;
        init = new InitChunk
        {
            InitiateTag = BinaryPrimitives.ReadUInt32BigEndian(value),
            ReceiveWindow = BinaryPrimitives.ReadUInt32BigEndian(value[4..]),
            OutboundStreams = BinaryPrimitives.ReadUInt16BigEndian(value[8..]),
            InboundStreams = BinaryPrimitives.ReadUInt16BigEndian(value[10..]),
            InitialTsn = BinaryPrimitives.ReadUInt32BigEndian(value[12..]),
            SupportsForwardTsn = forwardTsn,
            SupportsReConfig = reConfig,
            Cookie = cookie,
        };
        return init is { InitiateTag: not 0, OutboundStreams: not 0, InboundStreams: not 0 };
    }

    /// <summary>Writes the chunk with the extensions of ours, and the cookie if there is one.</summary>
    public void Write(ref PacketWriter writer, ChunkType type)
    {
        writer.BeginChunk(type, 0);
        writer.WriteUInt32(InitiateTag);
        writer.WriteUInt32(ReceiveWindow);
        writer.WriteUInt16(OutboundStreams);
        writer.WriteUInt16(InboundStreams);
        writer.WriteUInt32(InitialTsn);
        writer.WriteParameter(ForwardTsnParameter, []);
        writer.WriteParameter(SupportedExtensionsParameter, [(byte)ChunkType.ReConfig, (byte)ChunkType.ForwardTsn]);
        if (!Cookie.IsEmpty) writer.WriteParameter(StateCookieParameter, Cookie);
        writer.EndChunk();
    }
}
