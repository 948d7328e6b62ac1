using BerOfChat.Primitives;
using BerOfChat.WebRtc.Buffers;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Messages waiting for their first transmission, stream by stream. Streams take turns: message by message, or, where messages may be interleaved, packet by packet (RFC 8260 section 3.3), so that not even a large message on one channel holds up the others.</summary>
internal sealed class SendQueue
{
    private readonly Dictionary<ushort, OutgoingStream> _streams = [];
    private readonly Queue<OutgoingStream> _turns = [];
    private OutgoingStream? _current;

    /// <summary>Whether a message may be sent between the parts of another one.</summary>
    public bool IsInterleaving { get; set; }

    public bool IsEmpty => FindCurrent() is null;

    /// <summary>Bytes queued on all streams.</summary>
    public long BufferedAmount { get; private set; }

    public long GetBufferedAmount(ushort streamId) => _streams.TryGetValue(streamId, out OutgoingStream? stream) ? stream.BufferedAmount : 0;

    /// <summary>Whether the stream has carried messages that may be given up.</summary>
    public bool MayGiveUp(ushort streamId) => _streams.TryGetValue(streamId, out OutgoingStream? stream) && stream.MayGiveUp;

    public void Add(in OutgoingMessage message)
    {
        OutgoingStream stream = Get(message.StreamId);
        stream.Messages.Enqueue(message);
        stream.MayGiveUp |= message.Reliability != default;
        stream.BufferedAmount += message.Payload.Length;
        BufferedAmount += message.Payload.Length;
        TakeTurn(stream);
    }

    /// <summary>Takes the next fragment of at most <paramref name="maxLength"/> payload bytes.</summary>
    public bool TryTake(int maxLength, out OutstandingChunk chunk)
    {
        chunk = default;
        if (FindCurrent() is not { } stream) return false;
        OutgoingMessage message = stream.Messages.Peek();
        bool isFirst = !stream.IsCut;
        BlockSlice rest = isFirst ? message.Payload : stream.Rest;
        int length = Math.Min(maxLength, rest.Length);
        bool isLast = length == rest.Length;
        chunk = new OutstandingChunk
        {
            Payload = rest.Split(length, out BlockSlice behind),
            PayloadProtocol = isFirst || !IsInterleaving ? message.PayloadProtocol : stream.NextFragment,
            StreamId = message.StreamId,
            MessageId = stream.NumberOf(message, IsInterleaving),
            IsInterleaved = IsInterleaving,
            Reliability = message.Reliability,
            Flags = (isFirst ? DataFlags.Begin : 0) | (isLast ? DataFlags.End : 0) | (message.IsUnordered ? DataFlags.Unordered : 0),
        };
        stream.Rest = behind;
        stream.NextFragment = isFirst ? 1 : stream.NextFragment + 1;
        stream.IsCut = !isLast;
        stream.BufferedAmount -= length;
        BufferedAmount -= length;
        if (isLast) FinishMessage(stream, message);
        return true;
    }

    /// <summary>The packet is full: where messages may be interleaved, the next one is another stream's.</summary>
    public void EndPacket()
    {
        if (!IsInterleaving || _turns.Count == 0 || _current is not { } stream) return;
        LeaveTurn(stream);
    }

    /// <summary>Drops messages whose time is over. True when a part of one was sent already.</summary>
    /// <param name="now">The time.</param>
    /// <param name="rest">Stands for the rest of that one.</param>
    public bool TryDropExpired(MonotonicTime now, out OutstandingChunk rest)
    {
        rest = default;
        while (FindCurrent() is { } stream && stream.Messages.Peek().Reliability.IsExpired(now))
        {
            if (stream.IsCut)
            {
                rest = DropRest(stream.Messages.Peek().StreamId);
                return true;
            }

            Drop(stream, stream.Messages.Peek().Payload);
            LeaveTurn(stream);
        }

        return false;
    }

    /// <summary>Drops what was not sent yet of the message of which a part was sent last on a stream; the result stands for it.</summary>
    public OutstandingChunk DropRest(ushort streamId)
    {
        OutgoingStream stream = _streams[streamId];
        if (!stream.IsCut) throw new InvalidOperationException("No message of the stream is being sent.");
        OutgoingMessage message = stream.Messages.Peek();
        OutstandingChunk rest = new()
        {
            Payload = default,
            PayloadProtocol = message.PayloadProtocol,
            StreamId = message.StreamId,
            MessageId = stream.NumberOf(message, IsInterleaving),
            IsInterleaved = IsInterleaving,
            Reliability = message.Reliability,
            Flags = DataFlags.End | (message.IsUnordered ? DataFlags.Unordered : 0),
        };
        stream.IsCut = false;
        Drop(stream, stream.Rest);
        stream.Count(message);
        if (stream == _current) LeaveTurn(stream);
        return rest;
    }

    /// <summary>How long the next fragment would be.</summary>
    public int PeekLength(int maxLength) =>
        FindCurrent() is { } stream ? Math.Min(maxLength, stream.IsCut ? stream.Rest.Length : stream.Messages.Peek().Payload.Length) : 0;

    /// <summary>Holds a stream's messages back while it is being reset.</summary>
    public void Pause(ushort streamId) => Get(streamId).IsPaused = true;

    /// <summary>The reset is done: counts from zero again, and lets go what was queued meanwhile for the stream's next use.</summary>
    public void Restart(ushort streamId)
    {
        if (!_streams.TryGetValue(streamId, out OutgoingStream? stream) || !stream.IsPaused) return;
        stream.StartOver();
        stream.IsPaused = false;
        stream.MayGiveUp = stream.Messages.Any(m => m.Reliability != default);
        if (stream.Messages.Count > 0) TakeTurn(stream);
        else _streams.Remove(streamId);
    }

    /// <summary>The reset was refused: goes on counting where it was.</summary>
    public void Resume(ushort streamId)
    {
        if (!_streams.TryGetValue(streamId, out OutgoingStream? stream)) return;
        stream.IsPaused = false;
        if (stream.Messages.Count > 0) TakeTurn(stream);
    }

    // The stream whose turn it is; those that are paused have lost theirs, and one may have lost what it had.
    private OutgoingStream? FindCurrent()
    {
        while (_current is null or { IsPaused: true } or { Messages.Count: 0 })
        {
            if (_current is not null) _current.HasTurn = false;
            if (!_turns.TryDequeue(out _current)) return null;
        }

        return _current;
    }

    private void TakeTurn(OutgoingStream stream)
    {
        if (stream.HasTurn || stream.IsPaused) return;
        stream.HasTurn = true;
        _turns.Enqueue(stream);
    }

    private void FinishMessage(OutgoingStream stream, in OutgoingMessage message)
    {
        stream.Messages.Dequeue();
        stream.Count(message);
        if (!IsInterleaving || stream.Messages.Count == 0) LeaveTurn(stream);
    }

    private void Drop(OutgoingStream stream, BlockSlice unsent)
    {
        stream.Messages.Dequeue();
        stream.BufferedAmount -= unsent.Length;
        BufferedAmount -= unsent.Length;
        unsent.Release();
    }

    private void LeaveTurn(OutgoingStream stream)
    {
        _current = null;
        stream.HasTurn = false;
        if (stream.Messages.Count > 0) TakeTurn(stream);
    }

    private OutgoingStream Get(ushort streamId)
    {
        if (!_streams.TryGetValue(streamId, out OutgoingStream? stream)) _streams.Add(streamId, stream = new OutgoingStream());
        return stream;
    }

    private sealed class OutgoingStream
    {
        private uint _nextOrdered;
        private uint _nextUnordered;

        public Queue<OutgoingMessage> Messages { get; } = [];

        /// <summary>What is left of the first message, once a part of it was sent.</summary>
        public BlockSlice Rest { get; set; }

        public bool IsCut { get; set; }

        /// <summary>The number of the next fragment of the first message.</summary>
        public uint NextFragment { get; set; }

        public bool MayGiveUp { get; set; }

        public long BufferedAmount { get; set; }

        /// <summary>Whether it stands in the row of those whose turn comes.</summary>
        public bool HasTurn { get; set; }

        public bool IsPaused { get; set; }

        /// <summary>The number of the first message. Where messages are interleaved, unordered ones are counted too, by themselves.</summary>
        public uint NumberOf(in OutgoingMessage message, bool isInterleaving) => message switch
        {
            { IsUnordered: false } => _nextOrdered,
            _ when isInterleaving => _nextUnordered,
            _ => 0,
        };

        /// <summary>The first message has its number; the next one gets another.</summary>
        public void Count(in OutgoingMessage message)
        {
            if (message.IsUnordered) _nextUnordered = unchecked(_nextUnordered + 1);
            else _nextOrdered = unchecked(_nextOrdered + 1);
        }

        public void StartOver() => _nextOrdered = _nextUnordered = 0;
    }
}
