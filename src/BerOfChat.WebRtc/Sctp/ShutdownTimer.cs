using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>The last word of an association: SHUTDOWN or SHUTDOWN ACK, repeated until it is answered (T2 of RFC 9260 section 9.2).</summary>
internal sealed class ShutdownTimer
{
    private TimeSpan _rto;
    private MonotonicTime? _repeatAt;
    private bool _mustSend;

    public MonotonicTime? NextTimeout => _mustSend ? null : _repeatAt;

    public void SendNow() => _mustSend = true;

    /// <summary>Whether the last word was not answered in time, and is due again.</summary>
    public bool HandleTimeout(MonotonicTime now)
    {
        if (_repeatAt is not { } due || due > now) return false;
        _repeatAt = null;
        _rto = _rto * 2 < SctpLimits.MaxRto ? _rto * 2 : SctpLimits.MaxRto;
        _mustSend = true;
        return true;
    }

    public void Write(ref PacketWriter writer, SctpState state, ReceivedTsns received, TimeSpan rto, MonotonicTime now)
    {
        if (!_mustSend || writer.Remaining < ChunkReader.HeaderSize + sizeof(uint)) return;
        _mustSend = false;
        if (state == SctpState.ShutdownSent)
        {
            writer.BeginChunk(ChunkType.Shutdown, 0);
            writer.WriteUInt32(TsnUnwrapper.Wrap(received.Cumulative));
            writer.EndChunk();
        }
        else if (state == SctpState.ShutdownAckSent)
        {
            writer.WriteChunk(ChunkType.ShutdownAck, 0, []);
        }
        else
        {
            return;
        }

        if (_rto < rto) _rto = rto;
        _repeatAt = now + _rto;
    }
}
