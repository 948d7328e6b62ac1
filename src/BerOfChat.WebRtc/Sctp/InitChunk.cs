using System.Buffers.Binary;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>An INIT or INIT ACK chunk (RFC 9260 sections 3.3.2 and 3.3.3): what one side starts with.</summary>
internal readonly ref struct InitChunk
{
    private const int FixedSize = 16;
    private const uint MinReceiveWindow = 1500;
    private const ushort IPv4AddressParameter = 5;
    private const ushort IPv6AddressParameter = 6;
    private const ushort StateCookieParameter = 7;
    private const ushort UnrecognizedParameter = 8;
    private const ushort CookiePreservativeParameter = 9;
    private const ushort HostNameParameter = 11;
    private const ushort SupportedAddressesParameter = 12;
    private const ushort ForwardTsnParameter = 0xC000;
    private const ushort SupportedExtensionsParameter = 0x8008;
    private const ushort ZeroChecksumParameter = 0x8001;
    private const uint DtlsDetectsErrors = 1;
    private const int StopBit = 0x8000, ReportBit = 0x4000;

    public required uint InitiateTag { get; init; }

    public required uint ReceiveWindow { get; init; }

    public required ushort OutboundStreams { get; init; }

    public required ushort InboundStreams { get; init; }

    public required uint InitialTsn { get; init; }

    public required bool SupportsForwardTsn { get; init; }

    public required bool SupportsReConfig { get; init; }

    /// <summary>Whether I-DATA chunks are understood (RFC 8260 section 2.2.1).</summary>
    public required bool SupportsInterleaving { get; init; }

    /// <summary>Whether I-FORWARD-TSN chunks are understood (RFC 8260 section 2.3.1).</summary>
    public required bool SupportsIForwardTsn { get; init; }

    /// <summary>Whether packets without a checksum are accepted, as DTLS detects errors (RFC 9653).</summary>
    public required bool AcceptsZeroChecksum { get; init; }

    /// <summary>The state cookie of an INIT ACK; empty in an INIT.</summary>
    public ReadOnlySpan<byte> Cookie { get; init; }

    /// <summary>The first parameter that is unknown and asks to be reported; empty when there is none.</summary>
    public ReadOnlySpan<byte> Unrecognized { get; init; }

    /// <summary>Reads the chunk and says what RFC 9260 wants done with it. All but a malformed one are filled in.</summary>
    public static InitVerdict Read(Chunk chunk, out InitChunk init)
    {
        init = default;
        ReadOnlySpan<byte> value = chunk.Value;
        if (value.Length < FixedSize) return InitVerdict.Malformed;

        ReadOnlySpan<byte> cookie = default, unrecognized = default;
        bool forwardTsn = false, reConfig = false, interleaving = false, iForwardTsn = false, zeroChecksum = false, hasHostName = false, stop = false;
        ChunkReader parameters = new(value[FixedSize..]);
        while (!stop && parameters.TryRead(out Chunk parameter))
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
                    interleaving |= parameter.Value.Contains((byte)ChunkType.IData);
                    iForwardTsn |= parameter.Value.Contains((byte)ChunkType.IForwardTsn);
                    break;
                case ZeroChecksumParameter:
                    zeroChecksum |= BinaryPrimitives.TryReadUInt32BigEndian(parameter.Value, out uint method) && method == DtlsDetectsErrors;
                    break;
                case HostNameParameter:
                    hasHostName = true;
                    break;
                case IPv4AddressParameter or IPv6AddressParameter or UnrecognizedParameter or CookiePreservativeParameter or SupportedAddressesParameter:
                    break;
                default:
                    // Section 3.2.1: the highest bit says whether to read on, the next one whether to report.
                    if ((parameter.ParameterType & ReportBit) != 0 && unrecognized.IsEmpty) unrecognized = parameter.Whole;
                    stop = (parameter.ParameterType & StopBit) == 0;
                    break;
            }
        }

        if (parameters.IsMalformed) return InitVerdict.Malformed;
        init = new InitChunk
        {
            InitiateTag = BinaryPrimitives.ReadUInt32BigEndian(value),
            ReceiveWindow = BinaryPrimitives.ReadUInt32BigEndian(value[4..]),
            OutboundStreams = BinaryPrimitives.ReadUInt16BigEndian(value[8..]),
            InboundStreams = BinaryPrimitives.ReadUInt16BigEndian(value[10..]),
            InitialTsn = BinaryPrimitives.ReadUInt32BigEndian(value[12..]),
            SupportsForwardTsn = forwardTsn,
            SupportsReConfig = reConfig,
            SupportsInterleaving = interleaving,
            SupportsIForwardTsn = iForwardTsn,
            AcceptsZeroChecksum = zeroChecksum,
            Cookie = cookie,
            Unrecognized = unrecognized,
        };
        if (init.InitiateTag == 0) return InitVerdict.NoTag;
        if (hasHostName) return InitVerdict.NamesHost;
        return init.OutboundStreams == 0 || init.InboundStreams == 0 || init.ReceiveWindow < MinReceiveWindow ? InitVerdict.Invalid : InitVerdict.Valid;
    }

    /// <summary>Writes the chunk with the extensions of ours, the cookie if there is one, and what the peer sent that we do not know.</summary>
    public void Write(ref PacketWriter writer, ChunkType type)
    {
        writer.BeginChunk(type, 0);
        writer.WriteUInt32(InitiateTag);
        writer.WriteUInt32(ReceiveWindow);
        writer.WriteUInt16(OutboundStreams);
        writer.WriteUInt16(InboundStreams);
        writer.WriteUInt32(InitialTsn);
        writer.WriteParameter(ForwardTsnParameter, []);
        ReadOnlySpan<byte> extensions = [(byte)ChunkType.ReConfig, (byte)ChunkType.ForwardTsn, (byte)ChunkType.IData, (byte)ChunkType.IForwardTsn];
        writer.WriteParameter(SupportedExtensionsParameter, extensions[..(SupportsInterleaving ? 4 : 2)]);
        if (AcceptsZeroChecksum)
        {
            Span<byte> method = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(method, DtlsDetectsErrors);
            writer.WriteParameter(ZeroChecksumParameter, method);
        }

        if (!Cookie.IsEmpty) writer.WriteParameter(StateCookieParameter, Cookie);
        if (!Unrecognized.IsEmpty) writer.WriteParameter(UnrecognizedParameter, Unrecognized[..Math.Min(Unrecognized.Length, ErrorCause.MaxEchoedSize)]);
        writer.EndChunk();
    }
}

/// <summary>What is to be done with an INIT or INIT ACK.</summary>
internal enum InitVerdict
{
    Valid,

    /// <summary>To be dropped: its lengths do not fit.</summary>
    Malformed,

    /// <summary>Tag zero: an INIT is dropped, after an INIT ACK there is no association.</summary>
    NoTag,

    /// <summary>A value that is not allowed: no streams, or a window below 1,500 bytes.</summary>
    Invalid,

    /// <summary>It names a host, which RFC 9260 has withdrawn.</summary>
    NamesHost,
}
