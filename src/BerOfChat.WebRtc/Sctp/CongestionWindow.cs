namespace BerOfChat.WebRtc.Sctp;

/// <summary>How many bytes may be in flight (RFC 9260 section 7.2), growing by the bytes acknowledged rather than by the number of acknowledgements.</summary>
internal sealed class CongestionWindow
{
    private const int Packet = SctpLimits.MaxPacketSize;
    private int _acknowledgedInAvoidance;
    private long? _recoveryExit;

    /// <summary>Bytes that may be in flight.</summary>
    public int Size { get; private set; } = SctpLimits.InitialCongestionWindowPackets * Packet;

    public int SlowStartThreshold { get; private set; } = int.MaxValue;

    public bool IsInRecovery => _recoveryExit is not null;

    /// <param name="bytes">Bytes newly acknowledged.</param>
    /// <param name="inFlightBefore">Bytes that were in flight when the acknowledgement came: an unused window does not grow.</param>
    /// <param name="cumulativeTsn">The new cumulative TSN.</param>
    public void Acknowledge(int bytes, int inFlightBefore, long cumulativeTsn)
    {
        if (_recoveryExit is { } exit)
        {
            if (cumulativeTsn < exit) return;
            _recoveryExit = null;
        }

        if (inFlightBefore + Packet <= Size) return;
        if (Size <= SlowStartThreshold)
        {
            Size += Math.Min(bytes, Size);
            return;
        }

        _acknowledgedInAvoidance += bytes;
        if (_acknowledgedInAvoidance < Size) return;
        _acknowledgedInAvoidance -= Size;
        Size += Packet;
    }

    /// <summary>A chunk was reported missing three times. Halves once until everything now in flight is acknowledged; returns whether it did.</summary>
    public bool EnterRecovery(long highestOutstandingTsn)
    {
        if (IsInRecovery) return false;
        SlowStartThreshold = Math.Max(Size / 2, SctpLimits.MinCongestionWindowPackets * Packet);
        Size = SlowStartThreshold;
        _acknowledgedInAvoidance = 0;
        _recoveryExit = highestOutstandingTsn;
        return true;
    }

    /// <summary>The retransmission timer has expired: start again from one packet.</summary>
    public void Collapse()
    {
        SlowStartThreshold = Math.Max(Size / 2, SctpLimits.MinCongestionWindowPackets * Packet);
        Size = Packet;
        _acknowledgedInAvoidance = 0;
        _recoveryExit = null;
    }
}
