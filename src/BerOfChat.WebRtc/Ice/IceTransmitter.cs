using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice;

/// <summary>Sends checks at their pace and repeats them (RFC 8445 section 14), and queues answers.</summary>
internal sealed class IceTransmitter(IceAgentOptions options, IceStunCodec codec, IceChecklist checklist, IceCounters counters, IRandomSource random)
{
    private const int MaxQueuedAnswers = 32;

    private readonly Queue<(IceRoute Route, byte[] Packet)> _outgoing = [];
    private MonotonicTime _nextCheck;

    public MonotonicTime? NextTimeout => codec.IsReady ? checklist.NextDue(_nextCheck) : null;

    /// <summary>Sends what is due; returns whether a pair was checked for the first time.</summary>
    public bool SendDueChecks(bool isControlling, MonotonicTime now)
    {
        bool isNew = false;
        while (codec.IsReady && _nextCheck <= now && checklist.TakeNext(now) is { } pair)
        {
            if (pair.State == IcePairState.InProgress)
            {
                Repeat(pair, isControlling, now);
            }
            else
            {
                isNew |= pair.Counters.RequestsSent == 0;
                Start(pair, isControlling, nominates: false, now);
            }

            _nextCheck = now + options.Pace;
        }

        return isNew;
    }

    public void Start(IceCandidatePair pair, bool isControlling, bool nominates, MonotonicTime now)
    {
        pair.BeginCheck(StunTransactionId.New(random), nominates, isControlling, options.FirstRetransmission(checklist.ActiveCount), now);
        Transmit(pair, isControlling, now);
    }

    public void Transmit(IceCandidatePair pair, bool isControlling, MonotonicTime now)
    {
        pair.Transmissions++;
        pair.NextTransmission = now + pair.Retransmission;
        SendCheck(pair, pair.Transaction, isControlling, pair.TransactionNominates);
    }

    public void SendCheck(IceCandidatePair pair, StunTransactionId transaction, bool isControlling, bool nominates)
    {
        counters.ChecksSent++;
        pair.Counters.RequestsSent++;
        Send(pair.Route, codec.WriteCheck(transaction, pair.Local.PeerReflexivePriority, isControlling, nominates));
    }

    public void Send(IceRoute route, byte[] packet)
    {
        if (_outgoing.Count < MaxQueuedAnswers + options.MaxPairs) _outgoing.Enqueue((route, packet));
    }

    /// <summary>Writes the next datagram; 0 when there is none.</summary>
    public int Write(Span<byte> destination, out IceRoute route)
    {
        bool found = _outgoing.TryDequeue(out (IceRoute Route, byte[] Packet) next);
        route = next.Route;
        if (!found) return 0;
        next.Packet.CopyTo(destination);
        return next.Packet.Length;
    }

    /// <summary>Without consent nothing more is sent, not even what is queued already.</summary>
    public void Clear() => _outgoing.Clear();

    private void Repeat(IceCandidatePair pair, bool isControlling, MonotonicTime now)
    {
        if (pair.Transmissions >= options.MaxTransmissions)
        {
            pair.State = IcePairState.Failed;
            return;
        }

        pair.BackOff(options.MaxRetransmission);
        Transmit(pair, isControlling, now);
    }
}
