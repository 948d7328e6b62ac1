using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Resets of streams in both directions (RFC 6525).</summary>
internal sealed class StreamResets(uint localInitialTsn, SctpSender sender, ControlOutbox control, Queue<SctpEvent> events)
{
    private const int ResponseSize = 8;

    private readonly OutgoingResets _outgoing = new(localInitialTsn, sender);
    private readonly IncomingResets _incoming = new();

    public MonotonicTime? NextTimeout => _outgoing.NextTimeout;

    /// <summary>Whether the peer is known, or taken, for one of another stack.</summary>
    public bool IsPeerForeign => _outgoing.RepeatsAnswers;

    /// <summary>An INIT ACK has come, perhaps too late to be of use otherwise: its cookie tells dcSCTP (Chromium) and usrsctp (libdatachannel, Firefox), which sign theirs.</summary>
    public void NotePeerCookie(ReadOnlySpan<byte> cookie) => _outgoing.RepeatsAnswers |= cookie.StartsWith("dcSCTP"u8) || cookie.StartsWith("KAME-BSD"u8);

    /// <summary>The peer has shown no cookie, and can do less than ours.</summary>
    public void NoteForeignPeer() => _outgoing.RepeatsAnswers = true;

    public void SetPeerInitialTsn(uint tsn) => _incoming.SetPeerInitialTsn(tsn);

    /// <summary>Resets our side of a stream as soon as everything queued on it was sent.</summary>
    public void Reset(ushort streamId) => _outgoing.Reset(streamId);

    /// <summary>Handles a RE-CONFIG chunk.</summary>
    public void Handle(Chunk chunk, SctpReceiver receiver)
    {
        if (chunk.Whole.Length > SctpLimits.MaxEchoedChunkSize) return;
        ChunkReader parameters = new(chunk.Value);
        while (parameters.TryRead(out Chunk parameter))
        {
            ReConfigParameter type = (ReConfigParameter)parameter.ParameterType;
            if (type == ReConfigParameter.Response && parameter.Value.Length >= ResponseSize) _outgoing.HandleResponse(parameter.Value, events);
            else if (type != ReConfigParameter.Response && Enum.IsDefined(type)) Answer(_incoming.Handle(parameter, receiver, events));
        }
    }

    /// <summary>Call once after the chunks of a packet: performs what had to wait for data, if that has come.</summary>
    public void EndOfPacket(SctpReceiver receiver) => Answer(_incoming.EndOfPacket(receiver, events));

    public void HandleTimeout(MonotonicTime now) => _outgoing.HandleTimeout(now);

    /// <summary>Writes the request that is due.</summary>
    public void Write(ref PacketWriter writer, bool peerCanReset, MonotonicTime now) => _outgoing.Write(ref writer, _incoming.LastRequest, peerCanReset, events, now);

    private void Answer(byte[]? answer)
    {
        if (answer is not null) control.Add(ChunkType.ReConfig, answer);
    }
}
