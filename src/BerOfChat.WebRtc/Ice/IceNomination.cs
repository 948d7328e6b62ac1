using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Ice;

/// <summary>Decides for the controlling side which pair is used, and tells the peer (regular nomination, RFC 8445 section 8.1.1).</summary>
/// <remarks>
/// At once when nothing better can come, otherwise when the patience for something better has ended. A relayed pair that was chosen makes way for a direct one that answers later: the peer is told by a check
/// of the direct one, and the relayed one carries what there is until that is answered.
/// </remarks>
internal sealed class IceNomination(IceAgentOptions options, IceChecklist checklist, IceTransmitter transmitter)
{
    private IceCandidatePair? _nominee;
    private MonotonicTime? _since;
    private MonotonicTime? _due;

    public MonotonicTime? NextTimeout => IsUnderWay ? _nominee!.NextTransmission : _due;

    private bool IsUnderWay => _nominee is { TransactionNominates: true, Transmissions: > 0 };

    /// <summary>Does what is due.</summary>
    /// <param name="inUse">The pair in use.</param>
    /// <param name="now">The time.</param>
    /// <returns>The pair to use from now on; null leaves it as it is.</returns>
    public IceCandidatePair? Advance(IceCandidatePair? inUse, MonotonicTime now)
    {
        _due = null;
        if (IsUnderWay) Repeat(inUse, now);
        if (IsUnderWay) return null;
        if (FindChoice(inUse, now) is not { } best)
        {
            _since = null;
            return null;
        }

        _since ??= now;
        MonotonicTime due = _since.Value + PatienceFor(best);
        if (now < due)
        {
            _due = due;
            return null;
        }

        _since = null;
        _nominee = best;
        transmitter.Start(best, isControlling: true, nominates: true, now);
        return inUse!.IsNominated ? null : best;
    }

    /// <summary>The pair in use does not answer any more: all that do are to choose from.</summary>
    public void Restart(IceCandidatePair inUse)
    {
        inUse.IsNominated = inUse.TransactionNominates = false;
        _nominee = null;
        _since = _due = null;
    }

    private IceCandidatePair? FindChoice(IceCandidatePair? inUse, MonotonicTime now)
    {
        if (inUse is null or { IsNominated: true, IsRelayed: false }) return null;
        IceCandidatePair? best = checklist.FindBestValid(now, options.DisconnectedAfter);
        return best is { IsRelayed: true } && inUse.IsNominated ? null : best;
    }

    private TimeSpan PatienceFor(IceCandidatePair best)
    {
        if (best.IsRelayed && checklist.HasHosts) return options.RelayPatience;
        bool mayImprove = checklist.Pairs.Any(p => p.State is IcePairState.Waiting or IcePairState.InProgress && (best.IsRelayed || p.Priority > best.Priority));
        return mayImprove ? options.NominationPatience : TimeSpan.Zero;
    }

    private void Repeat(IceCandidatePair? inUse, MonotonicTime now)
    {
        if (_nominee!.NextTransmission > now) return;
        if (_nominee == inUse || _nominee.Transmissions < options.MaxTransmissions)
        {
            transmitter.Transmit(_nominee, isControlling: true, now);
            return;
        }

        // It had answered before, and does not any more: the one in use stays.
        _nominee.GiveUp();
        _nominee = null;
    }
}
