using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>One allocation at one server over one transport (RFC 8656): datagrams of UDP, or whole frames of TCP and TLS, go in and out.</summary>
/// <remarks>
/// Has one owner and no locks. After each input, drain <see cref="WritePacket"/> and <see cref="TryReadEvent"/>. Answers that do not prove that the server knows the
/// password are dropped and counted, but for 401 and 438, which cannot (RFC 8489 section 9.2.5).
/// </remarks>
internal sealed class TurnClient : IDisposable
{
    /// <summary>The longest packet that <see cref="WritePacket"/> writes.</summary>
    public const int MaxControlSize = 1200;

    private readonly TurnClientOptions _options;
    private readonly TurnTransactions _transactions;
    private readonly TurnPeers _peers;
    private readonly TurnDatagrams _datagrams;
    private readonly Queue<TurnEvent> _events = [];
    private readonly TurnLifetime _lifetime;
    private LongTermCredential? _credential;
    private bool _awaitsCredentials;
    private int _redirections;

    public TurnClient(TurnClientOptions options, IRandomSource random)
    {
        _options = options;
        _transactions = new TurnTransactions(options, Counters, random);
        _peers = new TurnPeers(options, Counters);
        _datagrams = new TurnDatagrams(options, _peers, Counters, random);
        _lifetime = new TurnLifetime(options);
        LongTermCredential.TryCreate(options.Username, options.Password, out _credential);
    }

    public TurnState State { get; private set; }

    public TransportAddress? RelayedAddress { get; private set; }

    /// <summary>Where the server sees us.</summary>
    public TransportAddress? MappedAddress { get; private set; }

    /// <summary>Of the last request that was sent once and answered; null when none was.</summary>
    public TimeSpan? RoundTripTime => _transactions.RoundTripTime;

    /// <summary>Whether a request was repeated several times without an answer.</summary>
    public bool IsOverdue => _transactions.IsOverdue;

    /// <summary>Why there is no allocation; null unless <see cref="State"/> is <see cref="TurnState.Failed"/>.</summary>
    public TurnFailure? Failure { get; private set; }

    public TurnCounters Counters { get; } = new();

    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = _transactions.NextTimeout;
            if (State != TurnState.Allocated) return next;
            next = MonotonicTime.Earliest(next, _lifetime.End);
            if (_awaitsCredentials) return next;
            next = MonotonicTime.Earliest(next, _lifetime.RefreshDue);
            return MonotonicTime.Earliest(next, _peers.NextDue);
        }
    }

    /// <summary>Asks the server for an address. Again after <see cref="TurnEventKind.AlternateServer"/>, or after a failure, to the server that the owner then sends to.</summary>
    public void Allocate(MonotonicTime now)
    {
        if (State is not (TurnState.Idle or TurnState.Failed)) throw new InvalidOperationException($"An allocation that is {State} cannot be asked for.");
        _credential?.Forget();
        _transactions.StartAnew();
        Begin(now);
    }

    /// <summary>Takes a packet that came from the server.</summary>
    /// <param name="packet">A datagram, or a whole frame.</param>
    /// <param name="now">The time.</param>
    /// <param name="peer">Who sent the data.</param>
    /// <param name="offset">Where in the packet it begins.</param>
    /// <param name="length">How long it is.</param>
    /// <returns>True when it carries a datagram of a peer; all others are dealt with, or dropped and counted.</returns>
    public bool TryHandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now, out TransportAddress peer, out int offset, out int length)
    {
        (peer, offset, length) = (default, 0, 0);
        bool isChannelData = ChannelData.LooksLikeChannelData(packet);
        StunMessage message = default;
        if (!isChannelData && !StunMessage.TryParse(packet, out message))
        {
            Counters.Malformed++;
            return false;
        }

        if (!isChannelData && message.Type != StunMessageType.DataIndication)
        {
            HandleResponse(message, now);
            return false;
        }

        if (State == TurnState.Allocated)
            return isChannelData ? _datagrams.TryOpenChannelData(packet, out peer, out offset, out length) : _datagrams.TryOpenIndication(packet, message, out peer, out offset, out length);
        Counters.UnexpectedData++;
        return false;
    }

    /// <summary>Lets the server relay from and to this address, whatever the port, until the end. May be called before there is an allocation, and again.</summary>
    public void Permit(TransportAddress peer, MonotonicTime now)
    {
        _peers.Permit(peer, now);
        AskForPeers(now);
    }

    /// <summary>Asks for a channel: data to this peer costs 4 bytes more instead of 36 or 48. Permits it too. May be called again.</summary>
    public void Bind(TransportAddress peer, MonotonicTime now)
    {
        _peers.Permit(peer, now);
        _peers.Bind(peer, now);
        AskForPeers(now);
    }

    /// <summary>New credentials, after <see cref="TurnEventKind.CredentialsRefused"/>: what was refused is tried again.</summary>
    public void UpdateCredentials(string username, string password, MonotonicTime now)
    {
        if (State is TurnState.Closing or TurnState.Closed) return;
        if (!LongTermCredential.TryCreate(username, password, out LongTermCredential? credential))
        {
            if (State == TurnState.Allocated) _events.Enqueue(new TurnEvent(TurnEventKind.CredentialsRefused));
            else Fail(new TurnFailure(TurnFailureKind.CredentialsUnusable));
            return;
        }

        if (_credential is not null) credential.AcceptFrom(_credential);
        _credential?.Dispose();
        _credential = credential;
        _transactions.Clear();
        if (State == TurnState.Allocated)
        {
            _awaitsCredentials = false;
            AskAnew(now);
        }
        else if (State == TurnState.Allocating || Failure is { Kind: TurnFailureKind.CredentialsRefused or TurnFailureKind.CredentialsUnusable })
        {
            Begin(now);
        }
    }

    /// <summary>Nothing comes through: asks at once for all that the server should have. It has forgotten it when it was started anew, or when a door on the way gave us another address.</summary>
    public void Doubt(MonotonicTime now)
    {
        if (State == TurnState.Allocated && !_awaitsCredentials) AskAnew(now);
    }

    /// <summary>The bytes to leave in front of data for this peer: 4 with a channel, else 36 (IPv4) or 48. Behind it at most 3 are needed.</summary>
    public int GetOverhead(TransportAddress peer) => _datagrams.GetOverhead(peer);

    /// <summary>Makes a packet for the server out of data that stands at <c>destination[GetOverhead(peer)..]</c>.</summary>
    /// <returns>The length of the whole packet; 0 when there is no allocation, or the peer was not permitted, or refused.</returns>
    public int Seal(Span<byte> destination, TransportAddress peer, int dataLength) => State == TurnState.Allocated ? _datagrams.Seal(destination, peer, dataLength) : 0;

    /// <summary>Writes the next packet of our own for the server, at most <see cref="MaxControlSize"/> bytes; 0 when there is none.</summary>
    public int WritePacket(Span<byte> destination) => _transactions.Write(destination);

    public void HandleTimeout(MonotonicTime now)
    {
        while (_transactions.TryTakeExpired(now, out TurnTransaction expired)) HandleExpiry(expired, now);
        if (State == TurnState.Allocated && _lifetime.End <= now)
            Fail(_awaitsCredentials ? new TurnFailure(TurnFailureKind.CredentialsRefused, TurnErrorCode.Unauthenticated) : new TurnFailure(TurnFailureKind.AllocationLost));
        if (State != TurnState.Allocated || _awaitsCredentials) return;
        if (_lifetime.TryTakeRefresh(now)) Start(new TurnRequest(StunMessageType.RefreshRequest), now);
        AskForPeers(now);
    }

    public bool TryReadEvent(out TurnEvent result) => _events.TryDequeue(out result);

    /// <summary>Tells the server that the address is not needed any more. One packet is to be written; who goes on until <see cref="TurnState.Closed"/> knows that it has arrived.</summary>
    public void Close(MonotonicTime now)
    {
        if (State is TurnState.Closing or TurnState.Closed) return;
        if (State is not (TurnState.Allocating or TurnState.Allocated))
        {
            End();
            return;
        }

        // What the server has not given yet can only be given back when it has.
        bool isThere = State == TurnState.Allocated;
        State = TurnState.Closing;
        if (isThere) Release(now);
    }

    /// <summary>Forgets the password, and everything that was to be sent.</summary>
    public void Dispose() => End();

    private void Begin(MonotonicTime now)
    {
        Failure = null;
        (RelayedAddress, MappedAddress) = (null, null);
        _awaitsCredentials = false;
        State = TurnState.Allocating;
        if (_credential is null) Fail(new TurnFailure(TurnFailureKind.CredentialsUnusable));
        else Start(new TurnRequest(StunMessageType.AllocateRequest), now);
    }

    private void AskAnew(MonotonicTime now)
    {
        _transactions.Clear();
        _lifetime.RefreshAt(now);
        _peers.RenewAll(now);
        HandleTimeout(now);
    }

    private void Start(TurnRequest request, MonotonicTime now, int retries = 0) => _transactions.Start(request, _credential!, now, retries);

    private void Release(MonotonicTime now)
    {
        _transactions.Clear();
        Start(new TurnRequest(StunMessageType.RefreshRequest, IsRelease: true), now);
    }

    private void End()
    {
        State = TurnState.Closed;
        _transactions.Clear();
        _credential?.Dispose();
    }

    private void AskForPeers(MonotonicTime now)
    {
        if (State != TurnState.Allocated || _awaitsCredentials) return;
        while (_peers.TryTakeDue(now, out TurnRequest request))
        {
            // The server could only refuse a peer of the other family.
            if (request.Lease!.Peer.IsIPv6 != RelayedAddress!.Value.IsIPv6) Refuse(request.Lease, TurnErrorCode.PeerAddressFamilyMismatch);
            else Start(request, now);
        }
    }

    private void HandleResponse(StunMessage message, MonotonicTime now)
    {
        if (_transactions.Find(message.TransactionId) is not { } transaction || !transaction.Request.IsAnsweredBy(message, out int code))
        {
            Counters.UnknownResponses++;
            return;
        }

        if (transaction.IsAuthenticated && code is not (TurnErrorCode.Unauthenticated or TurnErrorCode.StaleNonce) && !message.VerifyIntegrity(_credential!.Key))
        {
            // As if it had never come; but when nothing better comes, that is the reason.
            Counters.Unauthenticated++;
            (transaction.HadUnprovenAnswer, transaction.UnprovenCode) = (true, code);
            return;
        }

        _transactions.Complete(transaction, now);
        if (message.TryFindUnknownRequired(out _)) HandleRefusal(transaction.Request, new TurnFailure(TurnFailureKind.InvalidResponse, code), now);
        else if (code == 0) HandleSuccess(transaction, message, now);
        else HandleError(transaction, message, code, now);
    }

    private void HandleSuccess(TurnTransaction transaction, StunMessage message, MonotonicTime now)
    {
        TurnRequest request = transaction.Request;
        switch (request.Type)
        {
            case StunMessageType.AllocateRequest:
                HandleAllocated(transaction, message, now);
                break;
            case StunMessageType.RefreshRequest when request.IsRelease:
                End();
                break;
            case StunMessageType.RefreshRequest:
                _lifetime.Begin(TurnLifetime.Read(message), transaction.StartedAt, now);
                break;
            default:
                if (_peers.Grant(request.Lease!, now) && request.Lease!.IsChannel) _events.Enqueue(new TurnEvent(TurnEventKind.ChannelBound, request.Lease.Peer));
                break;
        }
    }

    private void HandleAllocated(TurnTransaction transaction, StunMessage message, MonotonicTime now)
    {
        if (State == TurnState.Closing)
        {
            Release(now);
            return;
        }

        bool isWhole = XorAddress.TryRead(message, StunAttributeType.XorRelayedAddress, out TransportAddress relayed) && !relayed.IsUnusable;
        if (!isWhole || (_options.RequestedFamily is { } family && relayed.IsIPv6 != (family == TurnAddressFamily.IPv6)))
        {
            Fail(new TurnFailure(TurnFailureKind.InvalidResponse));
            return;
        }

        RelayedAddress = relayed;
        if (XorAddress.TryRead(message, StunAttributeType.XorMappedAddress, out TransportAddress mapped)) MappedAddress = mapped;
        State = TurnState.Allocated;
        _redirections = 0;
        _lifetime.Begin(TurnLifetime.Read(message), transaction.StartedAt, now);
        _events.Enqueue(new TurnEvent(TurnEventKind.Allocated));
        _peers.StartAnew(now);
        AskForPeers(now);
    }

    private void HandleError(TurnTransaction transaction, StunMessage message, int code, MonotonicTime now)
    {
        bool isAllocate = transaction.Request.Type == StunMessageType.AllocateRequest;
        if (State == TurnState.Closing && isAllocate) End();
        else if (TryRetry(transaction, message, code, now)) return;
        else if (code == TurnErrorCode.Unauthenticated && transaction.IsAuthenticated) HandleCredentialsRefused();
        else if (code == TurnErrorCode.TryAlternate && isAllocate) HandleAlternate(message);
        else HandleRefusal(transaction.Request, new TurnFailure(TurnErrorCode.ToFailure(code, isAllocate), code), now);
    }

    /// <summary>Asks again with what the server wants to see now: RFC 8489 section 9.2.5 forbids it when nothing would be different.</summary>
    private bool TryRetry(TurnTransaction transaction, StunMessage message, int code, MonotonicTime now)
    {
        bool isStale = code == TurnErrorCode.StaleNonce;
        if (!isStale && code != TurnErrorCode.Unauthenticated) return false;
        if (transaction.Retries >= _options.MaxNonceRetries || !_credential!.TryAccept(message, out bool isOtherRealm)) return false;
        bool isDifferent = transaction.Nonce is null || isOtherRealm || (isStale && !_credential.Nonce.AsSpan().SequenceEqual(transaction.Nonce));
        if (!isDifferent) return false;
        if (isStale) Counters.StaleNonces++;
        Start(transaction.Request, now, transaction.IsAuthenticated ? transaction.Retries + 1 : 0);
        return true;
    }

    private void HandleCredentialsRefused()
    {
        _transactions.Clear();

        // An allocation lives on until its time is over; nothing more is asked for until then.
        if (State == TurnState.Closing) End();
        else if (State == TurnState.Allocated) _awaitsCredentials = true;
        else (State, Failure) = (TurnState.Failed, new TurnFailure(TurnFailureKind.CredentialsRefused, TurnErrorCode.Unauthenticated));
        if (State != TurnState.Closed) _events.Enqueue(new TurnEvent(TurnEventKind.CredentialsRefused, Code: TurnErrorCode.Unauthenticated));
    }

    private void HandleAlternate(StunMessage message)
    {
        if (!TurnRedirection.TryRead(message, out TransportAddress server, out string? domain))
        {
            Fail(new TurnFailure(TurnFailureKind.InvalidResponse, TurnErrorCode.TryAlternate));
        }
        else if (++_redirections > _options.MaxRedirections)
        {
            Fail(new TurnFailure(TurnFailureKind.TooManyRedirections, TurnErrorCode.TryAlternate));
        }
        else
        {
            State = TurnState.Idle;
            _events.Enqueue(new TurnEvent(TurnEventKind.AlternateServer, server, TurnErrorCode.TryAlternate, domain));
        }
    }

    private void HandleExpiry(TurnTransaction expired, MonotonicTime now)
    {
        if (State == TurnState.Closing) End();
        else if (expired.Request.Type != StunMessageType.AllocateRequest) TryAgainLater(expired.Request, now);
        else if (expired.HadUnprovenAnswer) Fail(new TurnFailure(TurnFailureKind.IntegrityFailed, expired.UnprovenCode));
        else Fail(new TurnFailure(TurnFailureKind.Timeout));
    }

    private void HandleRefusal(TurnRequest request, TurnFailure failure, MonotonicTime now)
    {
        bool isFatal = failure.Code is TurnErrorCode.AllocationMismatch or TurnErrorCode.WrongCredentials || request.Type == StunMessageType.AllocateRequest;
        if (State == TurnState.Closing) End();
        else if (isFatal) Fail(failure);
        else if (request.Lease is null || failure.Code is TurnErrorCode.ServerError or TurnErrorCode.StaleNonce) TryAgainLater(request, now);
        else Refuse(request.Lease, failure.Code);

        // coturn says so, and not 437, when it does not know the allocation any more.
        if (failure.Code == TurnErrorCode.BadRequest && request.Lease is not null) _lifetime.Hasten(now);
    }

    private void TryAgainLater(TurnRequest request, MonotonicTime now)
    {
        MonotonicTime later = now + _options.RetryInterval;
        if (request.Lease is { } lease) _peers.TryAgain(lease, later);
        else _lifetime.RefreshAt(later);
    }

    /// <summary>Without a channel there are still indications; a peer without permission is out of reach.</summary>
    private void Refuse(TurnLease lease, int code)
    {
        _peers.Refuse(lease);
        if (!lease.IsChannel) _events.Enqueue(new TurnEvent(TurnEventKind.PermissionRefused, lease.Peer, code));
    }

    private void Fail(TurnFailure failure)
    {
        _transactions.Clear();
        State = TurnState.Failed;
        Failure = failure;
        RelayedAddress = null;
        _events.Enqueue(new TurnEvent(TurnEventKind.Failed, Code: failure.Code));
    }
}
