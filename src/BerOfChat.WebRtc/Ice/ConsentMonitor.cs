using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice;

/// <summary>Asks for the peer's consent to go on sending on the pair in use (RFC 7675), and counts what stays unanswered.</summary>
/// <remarks>Every request is a new transaction, asked once; a late answer still counts. Four to six seconds lie between two requests as long as they are answered. When one is not, the next ones follow faster: they are checks that find out whether the path is gone.</remarks>
internal sealed class ConsentMonitor(IceAgentOptions options, IRandomSource random)
{
    private const int MaxRemembered = 64;

    private readonly Queue<ConsentRequest> _asked = [];
    private MonotonicTime? _due;

    public MonotonicTime? NextTimeout => _due;

    /// <summary>Requests since the last answer, or since the pair was chosen.</summary>
    public int Unanswered { get; private set; }

    /// <summary>A pair was chosen, or has answered some other check just now.</summary>
    public void Restart(MonotonicTime now)
    {
        Unanswered = 0;
        _due = now + NextInterval();
    }

    /// <summary>The pair is doubted: asks at once.</summary>
    public void AskNow(MonotonicTime now) => _due = now;

    public bool IsDue(MonotonicTime now) => _due <= now;

    /// <summary>A new request; the next one is due soon unless this one is answered.</summary>
    public ConsentRequest Ask(IceCandidatePair pair, bool isControlling, MonotonicTime now)
    {
        ConsentRequest request = new(StunTransactionId.New(random), pair, now, isControlling, isControlling && pair.IsNominated);
        if (_asked.Count == MaxRemembered) _asked.Dequeue();
        _asked.Enqueue(request);
        Unanswered++;
        TimeSpan patience = (pair.RoundTripTime ?? TimeSpan.Zero) * 2;
        _due = now + (patience > options.KeepAliveRepetition ? patience : options.KeepAliveRepetition);
        return request;
    }

    public bool TryFind(StunTransactionId transaction, out ConsentRequest request)
    {
        foreach (ConsentRequest asked in _asked)
        {
            if (asked.Transaction != transaction) continue;
            request = asked;
            return true;
        }

        request = default;
        return false;
    }

    /// <summary>An authentic answer has come: what was asked before it needs none any more.</summary>
    public void NoteAnswer(ConsentRequest request, MonotonicTime now)
    {
        while (_asked.TryDequeue(out ConsentRequest asked) && asked.Transaction != request.Transaction)
        {
        }

        Restart(now);
    }

    private TimeSpan NextInterval() => options.KeepAlive * (0.8 + (0.4 * random.NextFraction()));
}

/// <summary>A request for consent that was sent.</summary>
/// <param name="Transaction">Its random number.</param>
/// <param name="Pair">Where it was sent.</param>
/// <param name="SentAt">When.</param>
/// <param name="IsControlling">Our role then.</param>
/// <param name="Nominates">Whether it repeats the nomination.</param>
internal readonly record struct ConsentRequest(StunTransactionId Transaction, IceCandidatePair Pair, MonotonicTime SentAt, bool IsControlling, bool Nominates);
