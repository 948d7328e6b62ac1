using System.Buffers.Binary;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Resets our side of streams (RFC 6525 section 5.1): waits until a stream's queue has gone out, holds the stream back, and asks the peer; one request at a time.</summary>
internal sealed class OutgoingResets(uint localInitialTsn, SctpSender sender)
{
    private const int MaxStreamsPerRequest = 128;
    private const int RequestFixedSize = 12;

    private readonly List<(ushort Stream, long? LastTsn)> _draining = [];
    private readonly List<ushort> _wanted = [];
    private ushort[] _requested = [];
    private uint _sequence = localInitialTsn;
    private bool _needsNewSequence;
    private bool _mustSend;
    private MonotonicTime? _repeatAt;

    public MonotonicTime? NextTimeout => _mustSend ? null : _repeatAt;

    /// <summary>The peer remembers "in progress" as the answer to a number and would repeat it forever: each attempt takes a new one. Everybody else would perform a new number anew, on what the stream carries by then.</summary>
    public bool RepeatsAnswers { get; set; }

    private bool IsPending => _requested.Length > 0;

    /// <summary>Resets a stream as soon as everything queued on it was sent.</summary>
    public void Reset(ushort streamId)
    {
        if (!_draining.Exists(d => d.Stream == streamId)) _draining.Add((streamId, null));
    }

    /// <summary>Applies the peer's answer to the request under way.</summary>
    public void HandleResponse(ReadOnlySpan<byte> value, Queue<SctpEvent> events)
    {
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(value);
        ResetResult result = (ResetResult)BinaryPrimitives.ReadUInt32BigEndian(value[4..]);
        if (!IsPending || sequence != _sequence) return;
        if (result == ResetResult.InProgress)
        {
            // The peer still waits for data, and is asked again.
            _needsNewSequence = RepeatsAnswers;
            return;
        }

        ushort[] done = _requested;
        _requested = [];
        _repeatAt = null;
        _mustSend = _needsNewSequence = false;
        _sequence = unchecked(_sequence + 1);
        // Refused or not: nothing of ours is under way any more, and asking again would be refused again. A peer that refuses goes on counting.
        bool isReset = result is ResetResult.Performed or ResetResult.NothingToDo;
        foreach (ushort stream in done) Finish(stream, isReset, events);
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (_repeatAt is not { } due || due > now) return;
        _repeatAt = null;
        _mustSend = IsPending;
    }

    /// <summary>Writes the request that is due.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="lastPeerRequest">The number of the peer's last request, which the form wants repeated.</param>
    /// <param name="peerCanReset">Whether the peer knows RE-CONFIG; if not, a stream just starts anew.</param>
    /// <param name="events">Hears of streams that are done.</param>
    /// <param name="now">The time.</param>
    public void Write(ref PacketWriter writer, uint lastPeerRequest, bool peerCanReset, Queue<SctpEvent> events, MonotonicTime now)
    {
        CollectDrained(peerCanReset, events);
        if (!IsPending && _wanted.Count > 0)
        {
            int count = Math.Min(_wanted.Count, MaxStreamsPerRequest);
            _requested = [.. _wanted.Take(count)];
            _wanted.RemoveRange(0, count);
            _mustSend = true;
        }

        int size = ChunkReader.HeaderSize + RequestFixedSize + (2 * _requested.Length);
        if (!_mustSend || writer.Remaining < ChunkReader.Padded(ChunkReader.HeaderSize + size)) return;
        _mustSend = false;
        if (_needsNewSequence) _sequence = unchecked(_sequence + 1);
        _needsNewSequence = false;
        writer.BeginChunk(ChunkType.ReConfig, 0);
        writer.WriteUInt16((ushort)ReConfigParameter.OutgoingReset);
        writer.WriteUInt16((ushort)size);
        writer.WriteUInt32(_sequence);
        writer.WriteUInt32(lastPeerRequest);
        writer.WriteUInt32(sender.LastAssignedTsn);
        foreach (ushort stream in _requested) writer.WriteUInt16(stream);
        writer.EndChunk();
        _repeatAt = now + sender.Rto;
    }

    private void CollectDrained(bool peerCanReset, Queue<SctpEvent> events)
    {
        for (int i = _draining.Count - 1; i >= 0; i--)
        {
            (ushort stream, long? lastTsn) = _draining[i];
            if (sender.Queue.GetBufferedAmount(stream) > 0) continue;
            // What may still be given up is told of by stream and number: after the reset the peer would take that for messages to come.
            if (sender.Queue.MayGiveUp(stream)) lastTsn ??= sender.LastTsn;
            _draining[i] = (stream, lastTsn);
            if (lastTsn > sender.CumulativeAcknowledged) continue;
            _draining.RemoveAt(i);
            sender.Queue.Pause(stream);
            if (peerCanReset)
            {
                _wanted.Add(stream);
                continue;
            }

            Finish(stream, isReset: true, events);
            events.Enqueue(new SctpEvent(SctpEventKind.IncomingStreamReset, stream));
        }
    }

    private void Finish(ushort stream, bool isReset, Queue<SctpEvent> events)
    {
        if (isReset) sender.Queue.Restart(stream);
        else sender.Queue.Resume(stream);
        events.Enqueue(new SctpEvent(SctpEventKind.OutgoingStreamReset, stream));
    }
}
