using BerOfChat.Primitives;
using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The receiving half: what has arrived, whole messages, the window, and when to acknowledge.</summary>
internal sealed class SctpReceiver
{
    private readonly bool _isInterleaved;
    private readonly BlockChain _chain;
    private readonly PartChains _partChains;
    private readonly Dictionary<ushort, IncomingStream> _streams = [];
    private readonly Queue<SctpMessage> _messages = [];
    private int _used;
    private int _unread;
    private int _size;
    private int _lastAdvertised;
    private long _consumed;
    private MonotonicTime _roundStart;
    private int _packetsToAcknowledge;
    private bool _dataInPacket;
    private long? _jumpInPacket;
    private bool _acknowledgeNow;
    private MonotonicTime? _acknowledgeAt;

    /// <param name="peerInitialTsn">The first TSN of the peer.</param>
    /// <param name="receiveWindow">How much may wait to be read or put together, to begin with.</param>
    /// <param name="isInterleaved">Whether both sides have agreed on I-DATA chunks (RFC 8260); then there are no DATA chunks.</param>
    public SctpReceiver(uint peerInitialTsn, int receiveWindow = SctpLimits.ReceiveWindow, bool isInterleaved = false)
    {
        _isInterleaved = isInterleaved;
        _size = _lastAdvertised = receiveWindow;
        _chain = new BlockChain(2 * Math.Max(receiveWindow, SctpLimits.MaxReceiveWindow));
        _partChains = new PartChains(_chain);
        Tsns = new ReceivedTsns(peerInitialTsn);
    }

    public ReceivedTsns Tsns { get; }

    public MonotonicTime? NextTimeout => _acknowledgeNow ? null : _acknowledgeAt;

    /// <summary>Chunks dropped: duplicate, outside of the window, or on a stream that does not exist.</summary>
    public long Dropped { get; private set; }

    /// <summary>Free bytes of the window.</summary>
    public int Window => Math.Max(0, _size - _used);

    private bool HasUnread => _unread > 0 || _messages.Count > 0;

    /// <summary>The streams that have carried something.</summary>
    public IReadOnlyCollection<ushort> StreamIds => _streams.Keys;

    /// <summary>Takes a DATA or I-DATA chunk.</summary>
    public DataVerdict Handle(Chunk chunk)
    {
        if (chunk.Type == ChunkType.IData != _isInterleaved) return DataVerdict.WrongForm;
        if (DataChunk.TryParse(chunk, out DataChunk data)) return Handle(data);
        return DataChunk.IsEmpty(chunk) ? DataVerdict.NoUserData : DataVerdict.Malformed;
    }

    /// <summary>Takes a chunk of the form that was agreed on.</summary>
    public DataVerdict Handle(DataChunk chunk)
    {
        _dataInPacket = true;
        if (chunk.Flags.Has(DataFlags.Immediate)) _acknowledgeNow = true;
        if (Tsns.Unwrap(chunk.Tsn) is not { } tsn)
        {
            Dropped++;
            return DataVerdict.Taken;
        }

        if (Tsns.Contains(tsn))
        {
            Tsns.AddDuplicate(tsn);
            _acknowledgeNow = true;
            Dropped++;
            return DataVerdict.Taken;
        }

        int charge = chunk.Payload.Length + SctpLimits.ChunkOverhead;
        // A peer that sends on into a closed window is cut off.
        if (_used + charge > 2 * _size) return DataVerdict.BeyondWindow;
        // Beyond the window only what may complete a message is taken: what closes a gap, or what comes next while the reader has nothing to take. Else it is a
        // probe of a window that the reader keeps closed, and taking one would invite the next.
        bool fits = _used + charge <= _size || tsn < Tsns.Highest || (tsn == Tsns.Cumulative + 1 && !HasUnread);
        if (!fits || !Tsns.TryAdd(tsn))
        {
            _acknowledgeNow = true;
            Dropped++;
            return DataVerdict.Taken;
        }

        if (Tsns.HasGaps) _acknowledgeNow = true;
        if (TryGetStream(chunk.StreamId) is not { } stream)
        {
            Dropped++;
            return DataVerdict.UnknownStream;
        }

        _used += charge;
        return stream.TryAdd(tsn, chunk, _messages) ? DataVerdict.Taken : DataVerdict.Repeated;
    }

    /// <summary>The peer has given up messages: a FORWARD TSN chunk (RFC 3758), or an I-FORWARD-TSN chunk (RFC 8260 section 2.3.1). False when it is not of the form that was agreed on.</summary>
    public bool TryHandleForwardTsn(Chunk chunk)
    {
        if (chunk.Type == ChunkType.IForwardTsn != _isInterleaved) return false;
        SpanReader reader = new(chunk.Value);
        _acknowledgeNow = true;
        if (!reader.TryReadUInt32(out uint newCumulative) || Tsns.Unwrap(newCumulative) is not { } cumulative || cumulative <= Tsns.Cumulative) return true;
        Tsns.AdvanceTo(cumulative);
        if (_isInterleaved)
        {
            while (reader.TryReadUInt16(out ushort id) && reader.TryReadUInt16(out ushort flags) && reader.TryReadUInt32(out uint messageId)) Skip(id, isUnordered: (flags & 1) != 0, messageId);
            return true;
        }

        while (reader.TryReadUInt16(out ushort id) && reader.TryReadUInt16(out ushort sequence)) Skip(id, isUnordered: false, sequence);
        _jumpInPacket = cumulative;
        return true;
    }

    /// <summary>Call once after the chunks of a packet: decides whether to acknowledge now, or later together with more. Returns whether there was data in it.</summary>
    /// <param name="roundTrip">The path's round trip, as far as it is known.</param>
    /// <param name="now">The time.</param>
    public bool EndOfPacket(TimeSpan? roundTrip, MonotonicTime now)
    {
        DropUnordered();
        if (!_dataInPacket) return false;
        _dataInPacket = false;
        Grow(roundTrip, now);
        if (++_packetsToAcknowledge >= 2) _acknowledgeNow = true;
        else _acknowledgeAt ??= now + SctpLimits.DelayedAck;
        return true;
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (_acknowledgeAt <= now) _acknowledgeNow = true;
        _chain.Trim();
        _partChains.Trim();
    }

    /// <summary>Writes an acknowledgement if one is due, or if one waits and a packet leaves anyway.</summary>
    public void WriteSack(ref PacketWriter writer, bool leavesAnyway)
    {
        if (!_acknowledgeNow && !(leavesAnyway && _packetsToAcknowledge > 0)) return;
        _acknowledgeNow = false;
        _acknowledgeAt = null;
        _packetsToAcknowledge = 0;
        _lastAdvertised = Window;
        // A sender counts payload only; full packets leave about a fifth for what keeping them costs.
        Tsns.WriteSack(ref writer, (uint)(Window / 5 * 4));
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
        _consumed += charge;
        // A sender that was told of a nearly closed window waits for word.
        if (_lastAdvertised < _size / 2 && Window - _lastAdvertised >= _size / 4) _acknowledgeNow = true;
    }

    public void ResetStream(ushort id)
    {
        if (!_streams.TryGetValue(id, out IncomingStream? stream)) return;
        if (stream.IsEmpty) _streams.Remove(id);
        else stream.Reset();
    }

    // Twice what the reader takes in a round trip may be under way while the sender speeds up, and as much waits while one lost packet is sent again.
    private void Grow(TimeSpan? roundTrip, MonotonicTime now)
    {
        if (roundTrip is not { } round || now - _roundStart < round) return;
        if (now - _roundStart < 2 * round) _size = Math.Max(_size, (int)Math.Min(4 * _consumed, SctpLimits.MaxReceiveWindow));
        _roundStart = now;
        _consumed = 0;
    }

    // Which unordered messages are given up nobody says: it follows from the numbers of their chunks. All streams are looked at for that, so it is done once for a packet.
    private void DropUnordered()
    {
        if (_jumpInPacket is not { } last) return;
        _jumpInPacket = null;
        foreach (IncomingStream stream in _streams.Values) _used -= stream.DropUnordered(last);
    }

    private void Skip(ushort id, bool isUnordered, uint messageId)
    {
        if (TryGetStream(id) is not { } stream) return;
        _used -= isUnordered ? stream.SkipUnordered(messageId) : stream.SkipOrdered(messageId, _messages);
    }

    private IncomingStream? TryGetStream(ushort id)
    {
        if (_streams.TryGetValue(id, out IncomingStream? stream)) return stream;
        if (id >= SctpLimits.MaxStreams || _streams.Count >= SctpLimits.MaxIncomingStreams) return null;
        _streams.Add(id, stream = new IncomingStream(id, _isInterleaved, _chain, _partChains));
        return stream;
    }
}

/// <summary>What became of a chunk of data.</summary>
internal enum DataVerdict
{
    /// <summary>It was taken, or is to be sent again later, or was there already.</summary>
    Taken,

    /// <summary>Too short to be one.</summary>
    Malformed,

    /// <summary>Its stream does not exist, which the peer is to be told.</summary>
    UnknownStream,

    /// <summary>It carries nothing, which ends the association.</summary>
    NoUserData,

    /// <summary>DATA where I-DATA was agreed on or the other way round, which ends the association.</summary>
    WrongForm,

    /// <summary>The peer ignores the window, which ends the association.</summary>
    BeyondWindow,

    /// <summary>Another fragment came in its place before, which ends the association.</summary>
    Repeated,
}
