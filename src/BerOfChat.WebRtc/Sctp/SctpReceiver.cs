using BerOfChat.Primitives;
using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The receiving half: what has arrived, whole messages, the window, and when to acknowledge.</summary>
internal sealed class SctpReceiver
{
    private readonly int _receiveWindow;

    /// <summary>A peer that sends on into a closed window is cut off here.</summary>
    private readonly int _hardLimit;

    private readonly BlockChain _chain;
    private readonly Dictionary<ushort, IncomingStream> _streams = [];
    private readonly Queue<SctpMessage> _messages = [];
    private int _used;
    private int _unread;
    private int _lastAdvertised;
    private int _packetsToAcknowledge;
    private bool _dataInPacket;
    private bool _acknowledgeNow;
    private MonotonicTime? _acknowledgeAt;

    public SctpReceiver(uint peerInitialTsn, int receiveWindow = SctpLimits.ReceiveWindow)
    {
        _receiveWindow = _lastAdvertised = receiveWindow;
        _hardLimit = 2 * receiveWindow;
        _chain = new BlockChain(_hardLimit);
        Tsns = new ReceivedTsns(peerInitialTsn);
    }

    public ReceivedTsns Tsns { get; }

    public MonotonicTime? NextTimeout => _acknowledgeNow ? null : _acknowledgeAt;

    /// <summary>Chunks dropped: duplicate, outside of the window, or on a stream that does not exist.</summary>
    public long Dropped { get; private set; }

    /// <summary>Free bytes of the window.</summary>
    public int Window => Math.Max(0, _receiveWindow - _used);

    private bool HasUnread => _unread > 0 || _messages.Count > 0;

    /// <summary>The streams that have carried something.</summary>
    public IReadOnlyCollection<ushort> StreamIds => _streams.Keys;

    /// <summary>Takes a DATA chunk. False when the peer has to be cut off.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="isStreamKnown">False when its stream does not exist, which the peer is to be told.</param>
    public bool TryHandle(DataChunk chunk, out bool isStreamKnown)
    {
        isStreamKnown = true;
        _dataInPacket = true;
        if (chunk.Flags.HasFlag(DataFlags.Immediate)) _acknowledgeNow = true;
        if (Tsns.Unwrap(chunk.Tsn) is not { } tsn)
        {
            Dropped++;
            return true;
        }

        if (Tsns.Contains(tsn))
        {
            Tsns.AddDuplicate(tsn);
            _acknowledgeNow = true;
            Dropped++;
            return true;
        }

        int charge = chunk.Payload.Length + SctpLimits.ChunkOverhead;
        if (_used + charge > _hardLimit) return false;
        // Beyond the window only what may complete a message is taken: what closes a gap, or what comes next while the reader has nothing to take. Else it is a
        // probe of a window that the reader keeps closed, and taking one would invite the next.
        bool fits = _used + charge <= _receiveWindow || (tsn == Tsns.Cumulative + 1 && (Tsns.HasGaps || !HasUnread));
        if (!fits || !Tsns.TryAdd(tsn))
        {
            _acknowledgeNow = true;
            Dropped++;
            return true;
        }

        if (Tsns.HasGaps) _acknowledgeNow = true;
        if (TryGetStream(chunk.StreamId) is not { } stream)
        {
            isStreamKnown = false;
            Dropped++;
            return true;
        }

        _used += charge;
        stream.Add(tsn, chunk, _messages);
        return true;
    }

    /// <summary>The peer has given up messages (RFC 3758).</summary>
    public void HandleForwardTsn(ReadOnlySpan<byte> value)
    {
        SpanReader reader = new(value);
        _acknowledgeNow = true;
        if (!reader.TryReadUInt32(out uint newCumulative) || Tsns.Unwrap(newCumulative) is not { } cumulative || cumulative <= Tsns.Cumulative) return;
        Tsns.AdvanceTo(cumulative);
        while (reader.TryReadUInt16(out ushort id) && reader.TryReadUInt16(out ushort sequence)) _used -= TryGetStream(id)?.Skip(sequence, _messages) ?? 0;

        foreach (IncomingStream stream in _streams.Values) _used -= stream.DropUnordered(cumulative);
    }

    /// <summary>Call once after the chunks of a packet: decides whether to acknowledge now, or later together with more. Returns whether there was data in it.</summary>
    public bool EndOfPacket(MonotonicTime now)
    {
        if (!_dataInPacket) return false;
        _dataInPacket = false;
        if (++_packetsToAcknowledge >= 2) _acknowledgeNow = true;
        else _acknowledgeAt ??= now + SctpLimits.DelayedAck;
        return true;
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (_acknowledgeAt <= now) _acknowledgeNow = true;
        _chain.Trim();
    }

    /// <summary>Writes an acknowledgement if one is due, or if one waits and a packet leaves anyway.</summary>
    public void WriteSack(ref PacketWriter writer, bool leavesAnyway)
    {
        if (!_acknowledgeNow && !(leavesAnyway && _packetsToAcknowledge > 0)) return;
        _acknowledgeNow = false;
        _acknowledgeAt = null;
        _packetsToAcknowledge = 0;
        _lastAdvertised = Window;
        Tsns.WriteSack(ref writer, (uint)Window);
    }

    public bool TryRead(out SctpMessage message)
    {
        if (!_messages.TryDequeue(out message)) return false;
        _unread += message.WindowCharge;
        return true;
    }

    /// <summary>The application has taken a message: its part of the window is free again.</summary>
    public void Consume(int charge)
    {
        _used -= charge;
        _unread -= charge;
        // A sender that was told of a nearly closed window waits for word.
        if (_lastAdvertised < _receiveWindow / 2 && Window - _lastAdvertised >= _receiveWindow / 4) _acknowledgeNow = true;
    }

    public void ResetStream(ushort id)
    {
        if (!_streams.TryGetValue(id, out IncomingStream? stream)) return;
        if (stream.IsEmpty) _streams.Remove(id);
        else stream.Reset();
    }

    private IncomingStream? TryGetStream(ushort id)
    {
        if (_streams.TryGetValue(id, out IncomingStream? stream)) return stream;
        if (id >= SctpLimits.MaxStreams || _streams.Count >= SctpLimits.MaxIncomingStreams) return null;
        _streams.Add(id, stream = new IncomingStream(id, _chain));
        return stream;
    }
}
