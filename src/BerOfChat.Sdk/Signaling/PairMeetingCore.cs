using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>How two devices that know each other find each other again, in one room, at topics that change every day (UTC).</summary>
/// <remarks>
/// Yesterday's, today's and tomorrow's topics are joined, so that clocks may differ by a day; today's is written to and answers go where the question
/// came. The device with the lower agreement key offers. One attempt runs at a time; while a session lives nothing is sent.
/// </remarks>
internal sealed class PairMeetingCore : IMeetingCore
{
    private readonly PairKeys _keys;
    private readonly IRandomSource _random;
    private readonly EnvelopeDirection _direction;
    private readonly Backoff _backoff;
    private readonly SignalingDay _day;
    private readonly DeadlineTable<PairTimer> _timers = new();
    private readonly Dictionary<SignalingPlace, PairPlace> _places = [];
    private readonly HashSet<SignalingPlace> _attemptPlaces = [];
    private readonly EndedAttempts _ended = new();
    private readonly ReplayFilter _replays = new();
    private readonly OpeningBudget _budget = new();
    private readonly Queue<(SignalingPlace Place, byte[] Envelope)> _outgoing = new();
    private readonly Queue<MeetingEvent> _events = new();
    private SignalingTopicId[] _topics;
    private bool _hasSession;
    private bool _isLost;
    private NegotiationAttempt? _attempt;
    private SignalingPlace? _waitingPeer;
    private MonotonicTime _nextAttempt;
    private MonotonicTime _nextReadyAnswer;
    private MonotonicTime _sessionOpened;
    private int _readiesSent;

    /// <param name="room">The room in which the two know each other.</param>
    /// <param name="device">This device's agreement key; it belongs to the caller and outlives this.</param>
    /// <param name="peer">The peer's agreement key, from its certificate.</param>
    /// <param name="unixSeconds">The wall clock.</param>
    /// <param name="random">Random bytes.</param>
    public PairMeetingCore(RoomId room, X25519PrivateKey device, Bytes32 peer, long unixSeconds, IRandomSource random)
    {
        int order = Bytes32.Read(device.PublicKey.Span).CompareTo(peer);
        if (order == 0) throw new ArgumentException("A device does not meet itself.", nameof(peer));
        _direction = order < 0 ? EnvelopeDirection.InitiatorToResponder : EnvelopeDirection.ResponderToInitiator;
        _keys = new PairKeys(room, device, peer);
        _random = random;
        _backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), random);
        _day = new SignalingDay(unixSeconds);
        _topics = DeriveTopics();
    }

    public IReadOnlyList<SignalingTopicId> Topics => _topics;

    /// <summary>Whether this device makes the offers, and will be the Noise initiator.</summary>
    public bool IsOfferer => _direction == EnvelopeDirection.InitiatorToResponder;

    /// <summary>Envelopes that were not for us, damaged, repeated, malformed or too many.</summary>
    public long Dropped { get; private set; }

    public void HandleJoined(SignalingPlace place, MonotonicTime now)
    {
        if (_places.Remove(place, out PairPlace? old)) old.Dispose();
        _places.Add(place, new PairPlace(_keys, place.Topic, _direction, _random));
        if (_attempt is not null && _attemptPlaces.Contains(place)) _attempt.Repeat();
        if (place.Topic != Today) return;
        if (_isLost)
        {
            // What took the service away may have taken the peer too: begin again to ask, or look at the session.
            _isLost = false;
            _readiesSent = 0;
            _timers.Stop(PairTimer.Ready);
            if (_hasSession && TryTakeTurn(now)) _events.Enqueue(new MeetingEvent.PeerReady());
        }

        if (!IsWaiting) return;
        Post(place, new EnvelopeMessage.Ready());
        if (!_timers.IsSet(PairTimer.Ready)) ScheduleReady(now);
    }

    public void HandleLeft(SignalingPlace place)
    {
        if (!_places.Remove(place, out PairPlace? left)) return;
        left.Dispose();
        _isLost |= place.Topic == Today;
    }

    public void HandleEnvelope(SignalingPlace place, ReadOnlySpan<byte> envelope, MonotonicTime now)
    {
        if (!_places.TryGetValue(place, out PairPlace? at)
            || !EnvelopeHeader.TryParse(envelope, out EnvelopeHeader header)
            || header.Direction != _direction.Opposite()
            || _replays.Contains(header.Ephemeral, SignalingEnvelope.NonceOf(envelope))
            || !_budget.TryTake(now)
            || !at.TryOpen(header, envelope, out ReadOnlyMemory<byte> bytes))
        {
            Dropped++;
            return;
        }

        _replays.Add(header.Ephemeral, SignalingEnvelope.NonceOf(envelope));
        if (EnvelopeMessage.TryParse(bytes, out EnvelopeMessage? message)) Handle(place, message, now);
        else Dropped++;
    }

    public void HandleTimeout(MonotonicTime now, long unixSeconds)
    {
        if (_day.HandleTimeout(now, unixSeconds))
        {
            _topics = DeriveTopics();
            _events.Enqueue(new MeetingEvent.TopicsChanged());
        }

        _attempt?.HandleTimeout(now);
        Settle(now);
        if (_timers.TryExpire(PairTimer.Ready, now) && IsWaiting) SendReady(now);
        if (_timers.TryExpire(PairTimer.Attempt, now) && _waitingPeer is { } place) TryBegin(place, now);
    }

    public void Negotiate(NegotiationAttempt attempt, NegotiationMessage message, MonotonicTime now)
    {
        if (attempt == _attempt) attempt.Send(message, now);
    }

    public void MarkOpen(NegotiationAttempt attempt, MonotonicTime now)
    {
        if (attempt == _attempt) attempt.MarkOpen();
    }

    public void Finish(NegotiationAttempt attempt, MonotonicTime now)
    {
        attempt.Finish(AttemptEnd.ByOwner);
        Settle(now);
    }

    /// <summary>There is a session with the peer: be quiet until it ends. An attempt whose link is not open has become needless, as with a session made through another room.</summary>
    public void NotifySessionOpen(MonotonicTime now)
    {
        _hasSession = true;
        if (_attempt is { IsOpen: false }) _attempt.Finish(AttemptEnd.ByOwner);
        Settle(now);
        _sessionOpened = now;
        _waitingPeer = null;
        _timers.Stop(PairTimer.Ready);
        _timers.Stop(PairTimer.Attempt);
    }

    /// <summary>There is no session with the peer any more: look for it again, at once unless sessions end as soon as they begin.</summary>
    public void NotifySessionClosed(MonotonicTime now)
    {
        if (!_hasSession) return;
        _hasSession = false;
        bool wasStable = now - _sessionOpened >= s_stable;
        if (wasStable) _backoff.Reset();
        if (IsOfferer) _nextAttempt = wasStable ? now : now + _backoff.Next();
        if (IsWaiting) RestartReady(now);
    }

    public void Nudge(MonotonicTime now)
    {
        _backoff.Reset();
        _nextAttempt = now;
        _attempt?.Repeat();
        if (!IsWaiting) return;
        RestartReady(now);
        if (_waitingPeer is { } place) TryBegin(place, now);
    }

    public bool TryWriteEnvelope(MonotonicTime now, out SignalingPlace place, out ReadOnlyMemory<byte> envelope)
    {
        if (_attempt is not null && _attempt.TryWriteMessage(now, out EnvelopeMessage? message))
        {
            foreach (SignalingPlace to in _attemptPlaces) Post(to, message!);
        }

        bool any = _outgoing.TryDequeue(out (SignalingPlace Place, byte[] Envelope) next);
        (place, envelope) = next;
        return any;
    }

    public bool TryReadEvent(out MeetingEvent? meetingEvent) => _events.TryDequeue(out meetingEvent);

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_day.NextTimeout, MonotonicTime.Earliest(_timers.Next, _attempt?.NextTimeout));

    public void Dispose()
    {
        foreach (PairPlace place in _places.Values) place.Dispose();
        _places.Clear();
        _keys.Dispose();
    }

    private bool IsWaiting => !_hasSession && _attempt is null;

    private SignalingTopicId Today => _topics[1];

    private void Handle(SignalingPlace place, EnvelopeMessage message, MonotonicTime now)
    {
        switch (message)
        {
            case EnvelopeMessage.Ready when _hasSession:
            case EnvelopeMessage.Offer when _hasSession && !IsOfferer:
                // The offer is not lost: its sender repeats it, until our session has answered the ping or is gone.
                if (TryTakeTurn(now)) _events.Enqueue(new MeetingEvent.PeerReady());
                break;
            case EnvelopeMessage.Ready when IsOfferer:
                if (_attempt is null) TryBegin(place, now);
                break;
            case EnvelopeMessage.Ready:
                // Also while an attempt runs: an offerer that asks has none.
                if (TryTakeTurn(now)) Post(place, message);
                break;
            case EnvelopeMessage.Offer offer when !IsOfferer:
                HandleOffer(place, offer, now);
                break;
            case EnvelopeMessage.Answer answer when answer.Id == _attempt?.Id:
                _attemptPlaces.Add(place);
                _attempt.HandleAnswer(answer);
                Settle(now);
                break;
            default:
                Dropped++;
                break;
        }
    }

    private void HandleOffer(SignalingPlace place, EnvelopeMessage.Offer offer, MonotonicTime now)
    {
        if (offer.Id == _attempt?.Id)
        {
            _attemptPlaces.Add(place);
            _attempt.HandleOffer(offer);
            return;
        }

        if (_ended.Contains(offer.Id) || offer.Description.Length == 0 || now < _nextAttempt)
        {
            Dropped++;
            return;
        }

        _nextAttempt = now + s_turn;
        ushort suite = NegotiationSuites.Choose(offer.Suites, NegotiationSuites.Pair);
        if (suite == NegotiationSuites.None)
        {
            Post(place, new EnvelopeMessage.Answer(offer.Id, suite, "", []));
            return;
        }

        if (_attempt is not null)
        {
            _attempt.Finish(AttemptEnd.Replaced);
            Forget(_attempt);
        }

        Start(NegotiationAttempt.Accept(offer, suite, now), place);
    }

    /// <summary>Begins an attempt, now or when the back-off is over.</summary>
    private void TryBegin(SignalingPlace place, MonotonicTime now)
    {
        if (!IsWaiting || !IsOfferer) return;
        if (now < _nextAttempt)
        {
            _waitingPeer = place;
            _timers.Set(PairTimer.Attempt, _nextAttempt);
            return;
        }

        Start(NegotiationAttempt.Begin(new UInt128(_random.NextUInt64(), _random.NextUInt64()), s_suites, now), place);
    }

    private void Start(NegotiationAttempt attempt, SignalingPlace place)
    {
        _attempt = attempt;
        _waitingPeer = null;
        _attemptPlaces.Clear();
        _attemptPlaces.Add(place);
        _timers.Stop(PairTimer.Ready);
        _timers.Stop(PairTimer.Attempt);
        _events.Enqueue(new MeetingEvent.AttemptStarted(attempt));
    }

    private void Settle(MonotonicTime now)
    {
        if (_attempt is not { IsOver: true }) return;
        Forget(_attempt);
        if (_hasSession) return;
        _nextAttempt = now + (IsOfferer ? _backoff.Next() : s_turn);
        RestartReady(now);
    }

    private void Forget(NegotiationAttempt attempt)
    {
        _attempt = null;
        _ended.Add(attempt.Id);
        _events.Enqueue(new MeetingEvent.AttemptEnded(attempt));
    }

    private void RestartReady(MonotonicTime now)
    {
        _readiesSent = 0;
        SendReady(now);
    }

    private void SendReady(MonotonicTime now)
    {
        foreach (SignalingPlace place in _places.Keys)
        {
            if (place.Topic == Today) Post(place, new EnvelopeMessage.Ready());
        }

        ScheduleReady(now);
    }

    private void ScheduleReady(MonotonicTime now) =>
        _timers.Set(PairTimer.Ready, now + Backoff.Jitter(s_readyGaps[Math.Min(_readiesSent++, s_readyGaps.Length - 1)], _random));

    private bool TryTakeTurn(MonotonicTime now)
    {
        if (now < _nextReadyAnswer) return false;
        _nextReadyAnswer = now + s_turn;
        return true;
    }

    private void Post(SignalingPlace place, EnvelopeMessage message)
    {
        if (_places.TryGetValue(place, out PairPlace? at)) _outgoing.Enqueue((place, at.Seal(message.Encode())));
    }

    private SignalingTopicId[] DeriveTopics() => [_keys.DeriveTopic(_day.Number - 1), _keys.DeriveTopic(_day.Number), _keys.DeriveTopic(_day.Number + 1)];

    private enum PairTimer
    {
        Ready,
        Attempt,
    }

    private static readonly ushort[] s_suites = [NegotiationSuites.Pair];

    // Questions are answered, and new offers accepted, at most once in this time.
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1);

    // A session that lived this long was a success.
    private static readonly TimeSpan s_stable = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan[] s_readyGaps =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(16), TimeSpan.FromSeconds(30),
        TimeSpan.FromSeconds(60),
    ];
}
