namespace BerOfChat.WebRtc.Sctp;

/// <summary>Messages waiting for their first transmission, stream by stream. Streams take turns message by message, so that one busy channel does not hold up the others.</summary>
internal sealed class SendQueue
{
    private readonly Dictionary<ushort, OutgoingStream> _streams = [];
    private readonly LinkedList<OutgoingStream> _turns = [];

    public bool IsEmpty => _turns.Count == 0;

    /// <summary>Bytes queued on all streams.</summary>
    public long BufferedAmount { get; private set; }

    public long GetBufferedAmount(ushort streamId) => _streams.TryGetValue(streamId, out OutgoingStream? stream) ? stream.BufferedAmount : 0;

    public void Add(OutgoingMessage message)
    {
        OutgoingStream stream = Get(message.StreamId);
        if (stream.Messages.Count == 0 && !stream.IsPaused) _turns.AddLast(stream);
        stream.Messages.Enqueue(message);
        stream.BufferedAmount += message.Payload.Length;
        BufferedAmount += message.Payload.Length;
    }

    /// <summary>Takes the next fragment of at most <paramref name="maxLength"/> payload bytes.</summary>
    public bool TryTake(int maxLength, long tsn, out OutstandingChunk? chunk)
    {
        chunk = null;
        if (_turns.First is not { Value: var stream }) return false;
        OutgoingMessage message = stream.Messages.Peek();
        int offset = stream.Offset;
        int length = Math.Min(maxLength, message.Payload.Length - offset);
        bool isLast = offset + length == message.Payload.Length;
        chunk = new OutstandingChunk
        {
            Tsn = tsn,
            Message = message,
            Offset = offset,
            Length = length,
            StreamSequence = message.IsUnordered ? (ushort)0 : stream.NextSequence,
            Flags = (offset == 0 ? DataFlags.Begin : 0) | (isLast ? DataFlags.End : 0) | (message.IsUnordered ? DataFlags.Unordered : 0),
        };
        stream.Offset += length;
        stream.BufferedAmount -= length;
        BufferedAmount -= length;
        if (isLast) FinishMessage(stream, message);
        return true;
    }

    /// <summary>How long the next fragment would be.</summary>
    public int PeekLength(int maxLength) =>
        _turns.First is { Value: var stream } ? Math.Min(maxLength, stream.Messages.Peek().Payload.Length - stream.Offset) : 0;

    /// <summary>Holds a stream's messages back while it is being reset.</summary>
    public void Pause(ushort streamId)
    {
        OutgoingStream stream = Get(streamId);
        stream.IsPaused = true;
        _turns.Remove(stream);
    }

    /// <summary>The reset is done: counts from zero again, and lets go what was queued meanwhile for the stream's next use.</summary>
    public void Restart(ushort streamId)
    {
        if (!_streams.TryGetValue(streamId, out OutgoingStream? stream) || !stream.IsPaused) return;
        if (stream.Messages.Count == 0)
        {
            _streams.Remove(streamId);
            return;
        }

        stream.NextSequence = 0;
        stream.IsPaused = false;
        _turns.AddLast(stream);
    }

    private void FinishMessage(OutgoingStream stream, OutgoingMessage message)
    {
        stream.Messages.Dequeue();
        stream.Offset = 0;
        if (!message.IsUnordered) stream.NextSequence = unchecked((ushort)(stream.NextSequence + 1));
        _turns.RemoveFirst();
        if (stream.Messages.Count > 0) _turns.AddLast(stream);
    }

    private OutgoingStream Get(ushort streamId)
    {
        if (!_streams.TryGetValue(streamId, out OutgoingStream? stream)) _streams.Add(streamId, stream = new OutgoingStream());
        return stream;
    }

    private sealed class OutgoingStream
    {
        public Queue<OutgoingMessage> Messages { get; } = [];

        public int Offset { get; set; }

        public ushort NextSequence { get; set; }

        public long BufferedAmount { get; set; }

        public bool IsPaused { get; set; }
    }
}
