using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The handshake of an association (RFC 9260 section 5). Both sides send INIT as soon as DTLS is up, so the collision of two handshakes is the normal case: tag and first TSN are chosen once, and whichever handshake ends first is the one.</summary>
internal sealed class SctpHandshake
{
    private readonly byte[] _cookieKey = new byte[StateCookie.KeySize];
    private byte[] _cookie = [];
    private TimeSpan _rto = SctpLimits.InitialRto;
    private MonotonicTime? _repeatAt;
    private MonotonicTime _initSentAt;
    private int _initsSent;
    private bool _sendInit;
    private bool _sendCookieEcho;

    public SctpHandshake(IRandomSource random, int receiveWindow, SctpExtensions extensions)
    {
        Extensions = extensions;
        ReceiveWindow = receiveWindow;
        random.Fill(_cookieKey);
        do LocalTag = random.NextUInt32();
        while (LocalTag == 0);
        LocalInitialTsn = random.NextUInt32();
    }

    /// <summary>The port of the peer's description.</summary>
    public ushort RemotePort { get; private set; } = SctpLimits.Port;

    /// <summary>What we offer beyond what every peer knows.</summary>
    public SctpExtensions Extensions { get; }

    /// <summary>What we advertise.</summary>
    public int ReceiveWindow { get; }

    public uint LocalTag { get; }

    public uint LocalInitialTsn { get; }

    /// <summary>What the peer has said of itself in its description; null when it comes by INIT.</summary>
    public PeerParameters? Agreed { get; private set; }

    public bool MustSendCookieEcho => _sendCookieEcho;

    public MonotonicTime? NextTimeout => _sendInit || _sendCookieEcho ? null : _repeatAt;

    /// <summary>Whether a chunk came under the tag that its type wants (section 8.5).</summary>
    public bool IsTagRight(Chunk chunk, uint tag, uint peerTag) => chunk.Type switch
    {
        ChunkType.Init => tag == 0,
        // The T bit says that the tag is reflected: it is the one of the peer itself.
        ChunkType.Abort or ChunkType.ShutdownComplete => tag == ((chunk.Flags & 1) != 0 ? peerTag : LocalTag),
        _ => tag == LocalTag,
    };

    /// <summary>Begins, or begins again when the peer found our cookie too old.</summary>
    public void Start(ushort remotePort, MonotonicTime now)
    {
        RemotePort = remotePort;
        _sendInit = true;
        _sendCookieEcho = false;
        _initsSent = 0;
        _repeatAt = now + _rto;
    }

    /// <summary>The association is up or over.</summary>
    public void Stop()
    {
        _sendInit = _sendCookieEcho = false;
        _repeatAt = null;
    }

    /// <summary>The INIT or COOKIE ECHO was not answered. There is no limit: the path's own watch decides when a connection is dead.</summary>
    public void HandleTimeout(bool isCookieEchoed, MonotonicTime now)
    {
        if (_repeatAt is not { } due || due > now) return;
        if (isCookieEchoed) _sendCookieEcho = true;
        else _sendInit = true;
        _rto = _rto * 2 < SctpLimits.MaxHandshakeRto ? _rto * 2 : SctpLimits.MaxHandshakeRto;
        _repeatAt = now + _rto;
    }

    /// <summary>Answers an INIT by INIT ACK, or by an ABORT that says what is wrong with it; null when it is to be dropped. Changes nothing here.</summary>
    public byte[]? AnswerInit(Chunk chunk, MonotonicTime now)
    {
        InitVerdict verdict = InitChunk.Read(chunk, out InitChunk init);
        if (verdict is InitVerdict.Malformed or InitVerdict.NoTag) return null;

        Span<byte> buffer = stackalloc byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(buffer, init.InitiateTag, RemotePort);
        if (verdict == InitVerdict.Valid)
        {
            Span<byte> cookie = stackalloc byte[StateCookie.Size];
            new StateCookie { LocalTag = LocalTag, Peer = PeerParameters.From(init, Extensions), Created = now }.Write(_cookieKey, cookie);
            Own(cookie, init.Unrecognized).Write(ref writer, ChunkType.InitAck);
        }
        else
        {
            writer.WriteChunk(ChunkType.Abort, 0, ErrorCause.Write(verdict == InitVerdict.NamesHost ? SctpCauseCode.UnresolvableAddress : SctpCauseCode.InvalidMandatoryParameter));
        }

        return buffer[..writer.Finish()].ToArray();
    }

    /// <summary>Takes the cookie of an INIT ACK, to be echoed. The round trip is known when the INIT was sent once.</summary>
    public TimeSpan? TakeInitAck(InitChunk init, MonotonicTime now)
    {
        _cookie = init.Cookie.ToArray();
        _sendInit = false;
        _sendCookieEcho = true;
        _rto = SctpLimits.InitialRto;
        _repeatAt = now + _rto;
        return _initsSent == 1 ? now - _initSentAt : null;
    }

    /// <summary>Judges an echoed cookie.</summary>
    /// <param name="value">The COOKIE ECHO's value.</param>
    /// <param name="peerTag">The tag of the peer as it is known, 0 before that.</param>
    /// <param name="now">The time.</param>
    /// <param name="cookie">What it says, unless it is forged.</param>
    public CookieVerdict Judge(ReadOnlySpan<byte> value, uint peerTag, MonotonicTime now, out StateCookie cookie)
    {
        if (!StateCookie.TryParse(_cookieKey, value, out cookie) || cookie.LocalTag != LocalTag) return CookieVerdict.Forged;
        // One that was accepted already does not get stale (section 5.2.4).
        if (cookie.Peer.Tag == peerTag) return CookieVerdict.Accepted;
        if (now - cookie.Created > SctpLimits.CookieLifetime) return CookieVerdict.Stale;
        return peerTag == 0 ? CookieVerdict.Accepted : CookieVerdict.Restart;
    }

    /// <summary>Writes the INIT that is due, alone in its packet; 0 when none is.</summary>
    public int WriteInit(Span<byte> destination, MonotonicTime now)
    {
        if (!_sendInit) return 0;
        _sendInit = false;
        _initsSent++;
        _initSentAt = now;
        PacketWriter writer = new(destination, verificationTag: 0, RemotePort);
        Own(default, default).Write(ref writer, ChunkType.Init);
        return writer.Finish();
    }

    /// <summary>Our INIT chunk, for the description.</summary>
    public byte[] WriteInitForDescription()
    {
        Span<byte> buffer = stackalloc byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(buffer, verificationTag: 0, RemotePort);
        Own(default, default).Write(ref writer, ChunkType.Init);
        ChunkReader reader = new(buffer[PacketWriter.HeaderSize..writer.Finish()]);
        reader.TryRead(out Chunk init);
        return init.Whole.ToArray();
    }

    /// <summary>Takes the INIT chunk of the peer's description: the association is up as soon as DTLS is (draft-hancke-tsvwg-snap-00). False when it is none, or our own, which who does not understand it may repeat.</summary>
    public bool TryAgree(ReadOnlySpan<byte> description)
    {
        ChunkReader reader = new(description);
        if (!reader.TryRead(out Chunk chunk) || chunk.Type != ChunkType.Init || InitChunk.Read(chunk, out InitChunk init) != InitVerdict.Valid || init.InitiateTag == LocalTag) return false;
        Agreed = PeerParameters.From(init, Extensions);
        return true;
    }

    public void WriteCookieEcho(ref PacketWriter writer)
    {
        _sendCookieEcho = false;
        writer.WriteChunk(ChunkType.CookieEcho, 0, _cookie);
    }

    private InitChunk Own(ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> unrecognized) => new()
    {
        InitiateTag = LocalTag,
        ReceiveWindow = (uint)ReceiveWindow,
        OutboundStreams = SctpLimits.MaxStreams,
        InboundStreams = SctpLimits.MaxStreams,
        InitialTsn = LocalInitialTsn,
        SupportsForwardTsn = true,
        SupportsReConfig = true,
        SupportsInterleaving = Extensions.Interleaving,
        SupportsIForwardTsn = Extensions.Interleaving,
        AcceptsZeroChecksum = Extensions.ZeroChecksum,
        Cookie = cookie,
        Unrecognized = unrecognized,
    };
}

/// <summary>What an echoed cookie is worth.</summary>
internal enum CookieVerdict
{
    Accepted,
    Forged,
    Stale,

    /// <summary>The peer has begun a new association inside the same DTLS connection.</summary>
    Restart,
}
