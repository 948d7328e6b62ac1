using System.Buffers.Binary;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Answers the peer's requests to reset streams (RFC 6525 section 5.2). A reset waits until all that was sent before it has arrived.</summary>
internal sealed class IncomingResets
{
    private const int RequestFixedSize = 12;
    private const int ResponseSize = 8;

    /// <summary>One request may be outstanding, and one repeated; each may name all streams, so a packet full of them is not worked off.</summary>
    private const int MaxRequestsInPacket = 2;

    private uint _expected;
    private ResetResult _lastResult = ResetResult.NothingToDo;
    private byte[]? _deferred;
    private int _requestsInPacket;

    /// <summary>The number of the last request that was answered.</summary>
    public uint LastRequest => unchecked(_expected - 1);

    public void SetPeerInitialTsn(uint tsn) => _expected = tsn;

    /// <summary>Handles a request. A repeated one gets the same answer again.</summary>
    /// <param name="parameter">The request.</param>
    /// <param name="receiver">What has arrived, and the streams to reset.</param>
    /// <param name="events">Hears of each stream that was reset.</param>
    /// <returns>The answer, or null when the request is malformed, or one too many.</returns>
    public byte[]? Handle(Chunk parameter, SctpReceiver receiver, Queue<SctpEvent> events)
    {
        ReadOnlySpan<byte> value = parameter.Value;
        if (value.Length < sizeof(uint)) return null;
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(value);
        if (sequence == LastRequest) return Answer(sequence, _lastResult);
        if (sequence != _expected) return Answer(sequence, ResetResult.BadSequence);
        if (_requestsInPacket++ >= MaxRequestsInPacket) return null;
        if ((ReConfigParameter)parameter.ParameterType == ReConfigParameter.OutgoingReset && value.Length < RequestFixedSize) return null;

        _expected = unchecked(_expected + 1);
        if ((ReConfigParameter)parameter.ParameterType != ReConfigParameter.OutgoingReset)
        {
            _lastResult = ResetResult.Denied;
        }
        else if (MustWait(value, receiver.Tsns))
        {
            // A peer that asks again under a new number, as dcSCTP does, means the same streams.
            _deferred = value.ToArray();
            _lastResult = ResetResult.InProgress;
        }
        else
        {
            Perform(value, receiver, events);
        }

        return Answer(sequence, _lastResult);
    }

    /// <summary>Performs a reset that had to wait, if what it waited for has come; returns the answer to send.</summary>
    public byte[]? EndOfPacket(SctpReceiver receiver, Queue<SctpEvent> events)
    {
        _requestsInPacket = 0;
        if (_deferred is not { } request || MustWait(request, receiver.Tsns)) return null;
        Perform(request, receiver, events);
        return Answer(BinaryPrimitives.ReadUInt32BigEndian(request), _lastResult);
    }

    private void Perform(ReadOnlySpan<byte> request, SctpReceiver receiver, Queue<SctpEvent> events)
    {
        _deferred = null;
        _lastResult = ResetResult.Performed;
        ReadOnlySpan<byte> streams = request[RequestFixedSize..];
        if (streams.Length < sizeof(ushort))
        {
            foreach (ushort stream in receiver.StreamIds) Reset(stream, receiver, events);
            return;
        }

        for (int offset = 0; offset + sizeof(ushort) <= streams.Length; offset += sizeof(ushort)) Reset(BinaryPrimitives.ReadUInt16BigEndian(streams[offset..]), receiver, events);
    }

    private static void Reset(ushort stream, SctpReceiver receiver, Queue<SctpEvent> events)
    {
        receiver.ResetStream(stream);
        events.Enqueue(new SctpEvent(SctpEventKind.IncomingStreamReset, stream));
    }

    // What the peer sent before its request must have arrived first.
    private static bool MustWait(ReadOnlySpan<byte> request, ReceivedTsns received) =>
        unchecked((int)(BinaryPrimitives.ReadUInt32BigEndian(request[8..]) - TsnUnwrapper.Wrap(received.Cumulative))) > 0;

    private static byte[] Answer(uint sequence, ResetResult result)
    {
        byte[] value = new byte[ChunkReader.HeaderSize + ResponseSize];
        SpanWriter writer = new(value);
        writer.WriteUInt16((ushort)ReConfigParameter.Response);
        writer.WriteUInt16((ushort)value.Length);
        writer.WriteUInt32(sequence);
        writer.WriteUInt32((uint)result);
        return value;
    }
}

/// <summary>The parameters of a RE-CONFIG chunk (RFC 6525 section 4).</summary>
internal enum ReConfigParameter : ushort
{
    OutgoingReset = 13,
    IncomingReset = 14,
    TsnReset = 15,
    Response = 16,
    AddOutgoingStreams = 17,
    AddIncomingStreams = 18,
}

/// <summary>The results of RFC 6525 section 4.4.</summary>
internal enum ResetResult : uint
{
    NothingToDo = 0,
    Performed = 1,
    Denied = 2,
    WrongStream = 3,
    AlreadyInProgress = 4,
    BadSequence = 5,
    InProgress = 6,
}
