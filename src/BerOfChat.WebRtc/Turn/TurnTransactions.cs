using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>The requests that wait for an answer: sends them, and over UDP again and again (RFC 8489 section 6.2).</summary>
internal sealed class TurnTransactions(TurnClientOptions options, TurnCounters counters, IRandomSource random)
{
    private const int OverdueTransmissions = 4;

    private readonly List<TurnTransaction> _open = [];
    private readonly Queue<TurnTransaction> _outgoing = [];

    /// <summary>Of the last request that was sent once and answered.</summary>
    public TimeSpan? RoundTripTime { get; private set; }

    /// <summary>Whether a request was repeated several times without an answer.</summary>
    public bool IsOverdue => _open.Exists(static t => t.Transmissions >= OverdueTransmissions);

    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = null;
            foreach (TurnTransaction transaction in _open) next = MonotonicTime.Earliest(next, transaction.Due);
            return next;
        }
    }

    /// <summary>Asks.</summary>
    public void Start(TurnRequest request, LongTermCredential credential, MonotonicTime now, int retries = 0)
    {
        StunTransactionId id = StunTransactionId.New(random);
        byte[] packet = request.ToPacket(id, options.RequestedFamily, credential);
        TurnTransaction transaction = new(request, id, credential.Nonce, packet, retries) { StartedAt = now, Patience = FirstPatience() };
        _open.Add(transaction);
        counters.RequestsSent++;
        Transmit(transaction, now);
    }

    public TurnTransaction? Find(StunTransactionId id)
    {
        foreach (TurnTransaction transaction in _open)
        {
            if (transaction.Id == id) return transaction;
        }

        return null;
    }

    /// <summary>It was answered. What was sent twice does not tell how long an answer takes: it may be the first one's.</summary>
    public void Complete(TurnTransaction transaction, MonotonicTime now)
    {
        _open.Remove(transaction);
        if (transaction.Transmissions == 1) RoundTripTime = now - transaction.StartedAt;
    }

    /// <summary>Repeats what is due; finds one that has been repeated often enough, and forgets it.</summary>
    public bool TryTakeExpired(MonotonicTime now, out TurnTransaction expired)
    {
        expired = null!;
        foreach (TurnTransaction transaction in _open)
        {
            if (transaction.Due > now) continue;
            if (options.IsStream || transaction.Transmissions >= options.MaxTransmissions)
            {
                expired = transaction;
                break;
            }

            counters.Retransmissions++;
            TimeSpan doubled = transaction.Patience * 2;
            transaction.Patience = doubled < options.MaxRetransmission ? doubled : options.MaxRetransmission;
            Transmit(transaction, now);
        }

        return expired is not null && _open.Remove(expired);
    }

    /// <summary>Writes the next request; 0 when there is none.</summary>
    public int Write(Span<byte> destination)
    {
        while (_outgoing.TryDequeue(out TurnTransaction? next))
        {
            // It may have been answered, or given up, since it was put there.
            if (!_open.Contains(next)) continue;
            next.Packet.CopyTo(destination);
            return next.Packet.Length;
        }

        return 0;
    }

    /// <summary>Another server is asked.</summary>
    public void StartAnew()
    {
        Clear();
        RoundTripTime = null;
    }

    public void Clear()
    {
        _open.Clear();
        _outgoing.Clear();
    }

    private void Transmit(TurnTransaction transaction, MonotonicTime now)
    {
        transaction.Transmissions++;
        transaction.Due = now + transaction.Patience;
        if (!_outgoing.Contains(transaction)) _outgoing.Enqueue(transaction);
    }

    private TimeSpan FirstPatience()
    {
        if (options.IsStream) return options.StreamTimeout;
        TimeSpan measured = (RoundTripTime ?? TimeSpan.Zero) * 2;
        return measured < options.FirstRetransmission ? options.FirstRetransmission : measured < options.MaxRetransmission ? measured : options.MaxRetransmission;
    }
}
