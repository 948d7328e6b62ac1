using System.Buffers.Binary;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Resets streams in both directions (RFC 6525), one request of ours at a time.</summary>
internal sealed class StreamResets
{
    private const ushort OutgoingRequestParameter = 13;
    private const ushort ResponseParameter = 16;
    private const int OutgoingRequestFixedSize = 12;
    private const int ResponseSize = 8;
    private const int MaxStreamsPerRequest = 128;

    private readonly List<ushort> _wanted = [];
    private ushort[] _requested = [];
    private uint _nextRequest;
    private uint _expectedRequest;
    private byte[]? _deferred;
    private ResetResult _lastResult = ResetResult.NothingToDo;

    public StreamResets(uint localInitialTsn) => _nextRequest = localInitialTsn;

    private enum ResetResult : uint
    {
        NothingToDo = 0,
        Performed = 1,
        Denied = 2,
        BadSequence = 5,
        InProgress = 6,
    }

    /// <summary>Whether a request of ours waits for its answer.</summary>
    public bool IsRequestPending => _requested.Length > 0;

    /// <summary>Whether streams wait for the next request.</summary>
    public bool HasWanted => _wanted.Count > 0;

    public void SetPeerInitialTsn(uint tsn) => _expectedRequest = tsn;

    /// <summary>Asks for a stream to be reset. Its queue must be empty.</summary>
    public void Want(ushort streamId)
    {
        if (!_wanted.Contains(streamId)) _wanted.Add(streamId);
    }

    /// <summary>Builds the RE-CONFIG chunk's value: a new request, or the pending one again.</summary>
    public byte[] WriteRequest(uint lastAssignedTsn)
    {
        if (!IsRequestPending)
        {
            int count = Math.Min(_wanted.Count, MaxStreamsPerRequest);
            _requested = [.. _wanted.Take(count)];
            _wanted.RemoveRange(0, count);
        }

        byte[] value = new byte[ChunkReader.HeaderSize + OutgoingRequestFixedSize + (2 * _requested.Length)];
        SpanWriter writer = new(value);
        writer.WriteUInt16(OutgoingRequestParameter);
        writer.WriteUInt16((ushort)value.Length);
        writer.WriteUInt32(_nextRequest);
        writer.WriteUInt32(unchecked(_expectedRequest - 1));
        writer.WriteUInt32(lastAssignedTsn);
        foreach (ushort stream in _requested) writer.WriteUInt16(stream);
        return value;
    }

    /// <summary>Handles a RE-CONFIG chunk.</summary>
    /// <param name="value">Its parameters.</param>
    /// <param name="received">What has arrived, to know whether a reset must wait.</param>
    /// <param name="onIncoming">Called for each stream that the peer has reset.</param>
    /// <param name="onOutgoing">Called for each stream of ours whose reset is done.</param>
    /// <param name="answer">Called with each answer to send.</param>
    public void Handle(ReadOnlySpan<byte> value, ReceivedTsns received, Action<ushort> onIncoming, Action<ushort> onOutgoing, Action<byte[]> answer)
    {
        ChunkReader parameters = new(value);
        while (parameters.TryRead(out Chunk parameter))
        {
            if (parameter.ParameterType == ResponseParameter && parameter.Value.Length >= ResponseSize) HandleResponse(parameter.Value, onOutgoing);
            else if (parameter.ParameterType == OutgoingRequestParameter && parameter.Value.Length >= OutgoingRequestFixedSize) HandleRequest(parameter.Value, received, onIncoming, answer);
        }
    }

    /// <summary>Performs a reset that had to wait for data, if that has come.</summary>
    public void PerformDeferred(ReceivedTsns received, Action<ushort> onIncoming, Action<byte[]> answer)
    {
        if (_deferred is not null && !MustWait(_deferred, received)) HandleRequest(_deferred, received, onIncoming, answer);
    }

    private void HandleResponse(ReadOnlySpan<byte> value, Action<ushort> onOutgoing)
    {
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(value);
        ResetResult result = (ResetResult)BinaryPrimitives.ReadUInt32BigEndian(value[4..]);
        if (!IsRequestPending || sequence != _nextRequest || result == ResetResult.InProgress) return;

        ushort[] done = _requested;
        _requested = [];
        _nextRequest = unchecked(_nextRequest + 1);
        foreach (ushort stream in done) onOutgoing(stream);
    }

    private void HandleRequest(ReadOnlySpan<byte> value, ReceivedTsns received, Action<ushort> onIncoming, Action<byte[]> answer)
    {
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(value);
        if (sequence == unchecked(_expectedRequest - 1))
        {
            answer(WriteResponse(sequence, _lastResult));
            return;
        }

        if (sequence != _expectedRequest)
        {
            answer(WriteResponse(sequence, ResetResult.BadSequence));
            return;
        }

        if (MustWait(value, received))
        {
            _deferred ??= value.ToArray();
            answer(WriteResponse(sequence, ResetResult.InProgress));
            return;
        }

        _deferred = null;
        _expectedRequest = unchecked(_expectedRequest + 1);
        _lastResult = ResetResult.Performed;
        for (int offset = OutgoingRequestFixedSize; offset + 2 <= value.Length; offset += 2) onIncoming(BinaryPrimitives.ReadUInt16BigEndian(value[offset..]));
        answer(WriteResponse(sequence, ResetResult.Performed));
    }

    // What the peer sent before its request must have arrived first.
    private static bool MustWait(ReadOnlySpan<byte> request, ReceivedTsns received) =>
        unchecked((int)(BinaryPrimitives.ReadUInt32BigEndian(request[8..]) - TsnUnwrapper.Wrap(received.Cumulative))) > 0;

    private static byte[] WriteResponse(uint sequence, ResetResult result)
    {
        byte[] value = new byte[ChunkReader.HeaderSize + ResponseSize];
        SpanWriter writer = new(value);
        writer.WriteUInt16(ResponseParameter);
        writer.WriteUInt16((ushort)value.Length);
        writer.WriteUInt32(sequence);
        writer.WriteUInt32((uint)result);
        return value;
    }
}
