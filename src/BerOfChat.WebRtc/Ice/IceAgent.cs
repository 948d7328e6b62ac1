using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice;

/// <summary>Finds a way to the peer and keeps it (RFC 8445): a full agent with trickled candidates, for one component.</summary>
/// <remarks>
/// The controlling side nominates regularly; the controlled side follows every nomination, also those that browsers repeat and change. What is not
/// authenticated by the password that only our description carries is dropped and counted, never answered.
/// </remarks>
internal sealed class IceAgent
{
    private readonly IceAgentOptions _options;
    private readonly IceChecklist _checklist;
    private readonly ConsentMonitor _consent;
    private readonly IceTransmitter _transmitter;
    private readonly Queue<IceEvent> _events = [];
    private readonly IceStunCodec _codec;
    private readonly IceSearch _search;
    private readonly IceNomination _nomination;
    private readonly IceLocalCandidates _candidates = new();
    private bool _isGatheringComplete;

    public IceAgent(IceAgentOptions options, IRandomSource random)
    {
        _options = options;
        _search = new IceSearch(options);
        _consent = new ConsentMonitor(options, random);
        _checklist = new IceChecklist(options.MaxPairs, options.MaxRemoteCandidates);
        IsControlling = options.IsControlling;
        LocalCredentials = IceCredentials.New(random);
        _codec = new IceStunCodec(LocalCredentials, random.NextUInt64());
        _transmitter = new IceTransmitter(options, _codec, _checklist, Counters, random);
        _nomination = new IceNomination(options, _checklist, _transmitter);
    }

    public IceCredentials LocalCredentials { get; }

    /// <summary>May flip when both sides believe the same of themselves.</summary>
    public bool IsControlling { get; private set; }

    public IceState State { get; private set; }

    public IceCounters Counters { get; } = new();

    public IceChecklist Checklist => _checklist;

    /// <summary>The pair in use: the nominated one, before that the best that works.</summary>
    public IceCandidatePair? SelectedPair { get; private set; }

    /// <summary>Where datagrams go; null as long as nothing works and once consent has ended.</summary>
    public IceRoute? SelectedRoute => State == IceState.Failed ? null : SelectedPair?.Route;

    /// <summary>Whether the peer may not have our description yet although its agent answers: encryption would begin in vain.</summary>
    public bool AwaitsNomination => !IsControlling && _search.AwaitsNomination;

    public MonotonicTime? NextTimeout
    {
        get
        {
            if (State is IceState.Closed or IceState.Failed) return null;
            MonotonicTime? next = _transmitter.NextTimeout;
            if (SelectedPair is not null) next = MonotonicTime.Earliest(next, _consent.NextTimeout);
            if (IsControlling && SelectedPair is not null) next = MonotonicTime.Earliest(next, _nomination.NextTimeout);
            if (SelectedPair is null) next = MonotonicTime.Earliest(next, _search.NextTimeout);
            if (State == IceState.Disconnected) next = MonotonicTime.Earliest(next, _search.NextRound);
            if (LastAnswer is { } answer) next = MonotonicTime.Earliest(next, answer + (IsDoubted && State != IceState.Disconnected ? _options.DisconnectedAfter : _search.FailedAfter));
            return next;
        }
    }

    private bool IsDoubted => _consent.Unanswered >= _options.DisconnectedAfterRequests;

    private MonotonicTime? LastAnswer => SelectedPair?.LastAnswer;

    /// <summary>Adds one of our sockets. The address must be the one it is bound to; a link-local one of IPv6 is skipped and counted, for no candidate can name its scope.</summary>
    public void AddLocalHostCandidate(int socketId, TransportAddress address, MonotonicTime now)
    {
        if (address is { IsIPv6: true, IsLinkLocal: true })
        {
            Counters.CandidatesNotUsable++;
            return;
        }

        AddLocal(_candidates.MakeHost(socketId, address), now);
    }

    /// <summary>Adds the address as which a server sees one of our sockets. It is none when nothing translates addresses, or when it is known already.</summary>
    public void AddServerReflexiveCandidate(int socketId, TransportAddress mapped, TransportAddress server, IceServerUrl url, MonotonicTime now)
    {
        if (_checklist.FindBase(socketId) is { } host) AddLocal(_candidates.MakeServerReflexive(host, mapped, server, url), now);
    }

    /// <summary>Adds an address of ours at a relay. Where the relay sees us stays hidden when <paramref name="mapped"/> is null.</summary>
    public void AddRelayCandidate(int relayId, TransportAddress relayed, TransportAddress? mapped, TransportAddress server, IceServerUrl url, MonotonicTime now) =>
        AddLocal(_candidates.MakeRelay(relayId, relayed, mapped, server, url), now);

    /// <summary>What is added later serves too, but the peer is not told any more.</summary>
    public void EndOfLocalCandidates()
    {
        if (_isGatheringComplete) return;
        _isGatheringComplete = true;
        _events.Enqueue(new IceEvent(IceEventKind.GatheringComplete));
    }

    /// <summary>The peer's credentials from its description: from now on checks are sent.</summary>
    public void SetRemoteCredentials(IceCredentials remote, MonotonicTime now)
    {
        if (_codec.IsReady) throw new InvalidOperationException("The peer's ICE credentials are already set.");
        _codec.SetRemote(remote);
        _search.Begin(now);
        ChangeState(IceState.Checking);
        SendDueChecks(now);
    }

    /// <summary>Adds a candidate of the peer. False when the line is no candidate; a well-formed one of no use here is counted.</summary>
    public bool TryAddRemoteCandidate(string line, MonotonicTime now)
    {
        IceCandidateParseResult result = IceCandidate.TryParse(line, out IceCandidate? candidate, out string? ufrag);
        if (result == IceCandidateParseResult.Malformed) return false;
        if (candidate is null || candidate.Address is { IsIPv6: true, IsLinkLocal: true } || (ufrag is not null && _codec.RemoteUserFragment is { } current && ufrag != current))
        {
            Counters.CandidatesNotUsable++;
            return true;
        }

        if (!_checklist.TryAddRemote(candidate, IsControlling)) Counters.CandidatesRefused++;
        SendDueChecks(now);
        return true;
    }

    /// <summary>Handles a STUN datagram. False when it is none, or not for us.</summary>
    public bool HandlePacket(int socketId, TransportAddress source, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        if (State == IceState.Closed) return false;
        if (!StunMessage.TryParse(packet, out StunMessage message))
        {
            Counters.Malformed++;
            return false;
        }

        IceRoute route = new(socketId, source);
        return message.Type switch
        {
            StunMessageType.BindingRequest => HandleRequest(route, message, now),
            StunMessageType.BindingSuccess or StunMessageType.BindingError => HandleResponse(route, message, now),
            _ => false,
        };
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (State is IceState.Closed or IceState.Failed) return;
        if (SelectedPair is { } selected && _consent.IsDue(now)) AskForConsent(selected, now);
        WatchConsent(now);
        if (State == IceState.Failed) return;
        Nominate(now);
        SendDueChecks(now);
    }

    /// <summary>Whether an authenticated check came from there, or an answer: only then is anything but STUN accepted from it.</summary>
    public bool IsValidatedSource(int socketId, TransportAddress source) => FindPair(new IceRoute(socketId, source)) is { IsValidated: true };

    /// <summary>The pair over which a datagram came; null when there is none.</summary>
    public IceCandidatePair? FindPair(IceRoute route) => SelectedPair is { } selected && selected.Route == route ? selected : _checklist.Find(route);

    /// <summary>Writes the next datagram; 0 when there is none.</summary>
    public int WritePacket(Span<byte> destination, out IceRoute route) => _transmitter.Write(destination, out route);

    public bool TryReadEvent(out IceEvent result) => _events.TryDequeue(out result);

    public void Close()
    {
        _transmitter.Clear();
        ChangeState(IceState.Closed);
    }

    private void AddLocal(IceLocalCandidate local, MonotonicTime now)
    {
        if (_checklist.HasLocal(local)) return;
        _checklist.AddLocal(local, IsControlling);
        if (!_isGatheringComplete && !IsHidden(local.Address))
        {
            IceCandidate told = local.Candidate.RelatedAddress is { } related && IsHidden(related) ? local.Candidate with { RelatedAddress = null } : local.Candidate;
            _events.Enqueue(new IceEvent(IceEventKind.LocalCandidate, told.ToLine()));
        }

        SendDueChecks(now);
    }

    private bool IsHidden(TransportAddress address) => _options.HidesPrivateAddresses && address.IsPrivate;

    private bool HandleRequest(IceRoute route, StunMessage request, MonotonicTime now)
    {
        if (!_codec.IsAuthenticRequest(request))
        {
            Counters.Unauthenticated++;
            return false;
        }

        Counters.ChecksReceived++;
        if (request.TryFindUnknownRequired(out ushort unknown))
        {
            _transmitter.Send(route, _codec.WriteUnknownAttribute(request.TransactionId, unknown));
            return true;
        }

        IceRoleVerdict verdict = _codec.JudgeRoles(request, IsControlling);
        if (verdict == IceRoleVerdict.Refuse)
        {
            _transmitter.Send(route, _codec.WriteRoleConflict(request.TransactionId));
            return true;
        }

        if (verdict == IceRoleVerdict.Switch) SwitchRole();
        _transmitter.Send(route, _codec.WriteSuccess(request.TransactionId, route.Remote));
        request.TryGetUInt32(StunAttributeType.Priority, out uint priority);
        if (_checklist.FindOrLearn(route, priority, IsControlling, SelectedPair) is not { } pair) return true;
        pair.IsValidated = true;
        pair.Counters.RequestsReceived++;
        pair.Counters.ResponsesSent++;
        if (!IsControlling && request.Has(StunAttributeType.UseCandidate)) FollowNomination(pair, now);
        if (pair.State is IcePairState.Waiting or IcePairState.Failed) _checklist.Trigger(pair);

        // Our first check was probably lost in front of a door that the peer's own has opened: RFC 8445 section 7.3.1.4 has it sent again at once.
        if (pair is { State: IcePairState.InProgress, Transmissions: 1 }) pair.NextTransmission = now;
        SendDueChecks(now);
        return true;
    }

    private void FollowNomination(IceCandidatePair pair, MonotonicTime now)
    {
        if (pair == SelectedPair || (pair.State == IcePairState.Succeeded && now - pair.LastAnswer < _options.DisconnectedAfter))
        {
            Select(pair, isNominated: true, now);
            return;
        }

        // Unproven, or proven long ago: it has to answer first.
        pair.NominateOnSuccess = true;
        if (pair.State == IcePairState.Succeeded) _checklist.Trigger(pair);
    }

    private bool HandleResponse(IceRoute route, StunMessage response, MonotonicTime now)
    {
        bool isConsent = _consent.TryFind(response.TransactionId, out ConsentRequest request);
        if ((isConsent ? request.Pair : _checklist.Find(response.TransactionId)) is not { } pair || pair.Route != route)
        {
            Counters.UnknownResponses++;
            return false;
        }

        if (!_codec.IsAuthenticResponse(response))
        {
            Counters.Unauthenticated++;
            return false;
        }

        if (response.Type == StunMessageType.BindingError || response.TryFindUnknownRequired(out _))
        {
            HandleError(pair, response, isConsent ? request.IsControlling : pair.TransactionControlling, now);
            return true;
        }

        if (XorAddress.TryRead(response, StunAttributeType.XorMappedAddress, out TransportAddress mapped)) pair.NoteMapped(mapped);
        if (isConsent)
        {
            pair.CompleteConsent(request, now);
            if (pair == SelectedPair) _consent.NoteAnswer(request, now);
        }
        else
        {
            pair.CompleteCheck(now);
        }

        // A late answer on a pair that is not in use any more brings it back no more than it confirms the one that is.
        bool confirms = isConsent ? request.Nominates && pair == SelectedPair : pair.TransactionNominates;
        bool nominated = IsControlling ? confirms : pair.NominateOnSuccess;
        pair.NominateOnSuccess = false;
        if (nominated) Select(pair, isNominated: true, now);
        else if (SelectedPair is null || (!SelectedPair.IsNominated && pair.Priority > SelectedPair.Priority)) Select(pair, isNominated: false, now);
        if (pair == SelectedPair)
        {
            if (!isConsent) _consent.Restart(now);
            ChangeState(pair.IsNominated ? IceState.Completed : IceState.Connected);
        }

        Nominate(now);
        SendDueChecks(now);
        return true;
    }

    private void HandleError(IceCandidatePair pair, StunMessage response, bool askedAsControlling, MonotonicTime now)
    {
        pair.Transmissions = 0;
        if (response.TryGetErrorCode(out int code)) pair.ErrorCode = code;
        if (code == IceStunCodec.RoleConflictCode)
        {
            if (askedAsControlling == IsControlling) SwitchRole();
            _checklist.Trigger(pair);
        }
        else if (pair != SelectedPair)
        {
            pair.State = IcePairState.Failed;
        }

        SendDueChecks(now);
    }

    private void Select(IceCandidatePair pair, bool isNominated, MonotonicTime now)
    {
        pair.IsNominated |= isNominated;
        if (isNominated) _search.NoteNomination();
        if (SelectedPair != pair)
        {
            if (SelectedPair is not null) SelectedPair.IsNominated = false;
            SelectedPair = pair;
            Counters.SelectedPairChanges++;
            _consent.Restart(now);
            if (pair.LastAnswer != now) _consent.AskNow(now + _options.KeepAliveRepetition);
            _events.Enqueue(new IceEvent(IceEventKind.SelectedPairChanged));
        }

        // Chosen or not: a pair that has not answered for long is no connection.
        if (now - pair.LastAnswer < _options.DisconnectedAfter) ChangeState(pair.IsNominated ? IceState.Completed : IceState.Connected);
    }

    private void SwitchRole()
    {
        IsControlling = !IsControlling;
        _checklist.ComputePriorities(IsControlling);
    }

    private void Nominate(MonotonicTime now)
    {
        if (IsControlling && _nomination.Advance(SelectedPair, now) is { } chosen) Select(chosen, isNominated: false, now);
    }

    private void WatchConsent(MonotonicTime now)
    {
        if (SelectedPair is null)
        {
            if (_search.IsOver(now)) ChangeState(IceState.Failed);
            else if (_search.TryTakeRound(now)) _checklist.CheckAllAgain(null);
            return;
        }

        TimeSpan silence = now - SelectedPair.LastAnswer!.Value;
        if (silence >= _search.FailedAfter)
        {
            ChangeState(IceState.Failed);
        }
        else if (State == IceState.Disconnected)
        {
            if (_search.TryTakeRound(now)) _checklist.CheckAllAgain(SelectedPair);
        }
        else if (silence >= _options.DisconnectedAfter && IsDoubted)
        {
            ChangeState(IceState.Disconnected);
            _search.Resume(now);
            _checklist.CheckAllAgain(SelectedPair);
            if (IsControlling) _nomination.Restart(SelectedPair);
        }
    }

    private void AskForConsent(IceCandidatePair pair, MonotonicTime now)
    {
        ConsentRequest request = _consent.Ask(pair, IsControlling, now);
        pair.Counters.ConsentRequestsSent++;
        _transmitter.SendCheck(pair, request.Transaction, IsControlling, request.Nominates);
    }

    private void SendDueChecks(MonotonicTime now)
    {
        if (State is IceState.Closed or IceState.Failed) return;
        if (_transmitter.SendDueChecks(IsControlling, now) && SelectedPair is null) _search.NoteCheck(now);
    }

    private void ChangeState(IceState state)
    {
        if (State == state || State == IceState.Closed) return;
        State = state;
        if (state == IceState.Failed) _transmitter.Clear();
        _events.Enqueue(new IceEvent(IceEventKind.StateChanged, State: state));
    }
}
