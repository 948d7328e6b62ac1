using BerOfChat.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The side that was invited: offers at the invitation's topic, with a new ephemeral key for each attempt, until its owner stops.</summary>
internal sealed class InviteJoinerCore : IMeetingCore
{
    private readonly RoomInvite _invite;
    private readonly InviteKeys _keys;
    private readonly IRandomSource _random;
    private readonly Backoff _backoff;
    private readonly ReplayFilter _replays = new();
    private readonly OpeningBudget _budget = new();
    private readonly HashSet<SignalingPlace> _places = [];
    private readonly Queue<(SignalingPlace Place, byte[] Envelope)> _outgoing = new();
    private readonly Queue<MeetingEvent> _events = new();
    private NegotiationAttempt? _attempt;
    private EnvelopeCipher? _cipher;
    private Bytes32 _ephemeral;
    private MonotonicTime? _nextAttempt;

    public InviteJoinerCore(RoomInvite invite, IRandomSource random)
    {
        _invite = invite;
        _keys = invite.DeriveKeys();
        _random = random;
        _backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), random);
        Topics = [_keys.Topic];
        _nextAttempt = MonotonicTime.Zero;
    }

    public IReadOnlyList<SignalingTopicId> Topics { get; }

    /// <summary>The Noise pre-shared key; valid until this is disposed.</summary>
    public ReadOnlyMemory<byte> Psk => _keys.Psk;

    /// <summary>Envelopes that were not for us, damaged, repeated or malformed.</summary>
    public long Dropped { get; private set; }

    public void HandleJoined(SignalingPlace place, MonotonicTime now)
    {
        _places.Add(place);
        if (_attempt is not null) _attempt.Repeat();
        else TryBegin(now);
    }

    public void HandleLeft(SignalingPlace place) => _places.Remove(place);

    public void HandleEnvelope(SignalingPlace place, ReadOnlySpan<byte> envelope, MonotonicTime now)
    {
        if (_attempt is null
            || !EnvelopeHeader.TryParse(envelope, out EnvelopeHeader header)
            || header.Direction != EnvelopeDirection.ResponderToInitiator
            || header.Ephemeral != _ephemeral
            || _replays.Contains(header.Ephemeral, SignalingEnvelope.NonceOf(envelope))
            || !_budget.TryTake(now)
            || !_cipher!.TryOpen(place.Topic, envelope, out ReadOnlyMemory<byte> bytes))
        {
            Dropped++;
            return;
        }

        _replays.Add(header.Ephemeral, SignalingEnvelope.NonceOf(envelope));
        if (!EnvelopeMessage.TryParse(bytes, out EnvelopeMessage? message) || message is not EnvelopeMessage.Answer answer || answer.Id != _attempt.Id)
        {
            Dropped++;
            return;
        }

        _attempt.HandleAnswer(answer);
        Settle(now);
    }

    public void HandleTimeout(MonotonicTime now, long unixSeconds)
    {
        _attempt?.HandleTimeout(now);
        Settle(now);
        TryBegin(now);
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

    public void Nudge(MonotonicTime now)
    {
        _backoff.Reset();
        if (_nextAttempt is not null) _nextAttempt = now;
        _attempt?.Repeat();
        TryBegin(now);
    }

    public bool TryWriteEnvelope(MonotonicTime now, out SignalingPlace place, out ReadOnlyMemory<byte> envelope)
    {
        if (_attempt is not null && _attempt.TryWriteMessage(now, out EnvelopeMessage? message))
        {
            byte[] bytes = message!.Encode();
            foreach (SignalingPlace to in _places) _outgoing.Enqueue((to, _cipher!.Seal(to.Topic, _ephemeral, bytes, _random)));
        }

        bool any = _outgoing.TryDequeue(out (SignalingPlace Place, byte[] Envelope) next);
        (place, envelope) = next;
        return any;
    }

    public bool TryReadEvent(out MeetingEvent? meetingEvent) => _events.TryDequeue(out meetingEvent);

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_attempt?.NextTimeout, _places.Count > 0 ? _nextAttempt : null);

    public void Dispose()
    {
        _cipher?.Dispose();
        _keys.Dispose();
    }

    /// <summary>Begins an attempt when none runs, the back-off is over, and there is somewhere to send it.</summary>
    private void TryBegin(MonotonicTime now)
    {
        if (_nextAttempt is not { } due || due > now || _places.Count == 0) return;

        using X25519PrivateKey ephemeral = X25519PrivateKey.Generate(_random);
        _ephemeral = Bytes32.Read(ephemeral.PublicKey.Span);
        _cipher?.Dispose();
        _cipher = _keys.TryCreateCipher(ephemeral, _invite.PublicKey, _ephemeral, EnvelopeDirection.InitiatorToResponder)
            ?? throw new System.Diagnostics.UnreachableException();     // an invitation with a useless key cannot be read
        _nextAttempt = null;
        _attempt = NegotiationAttempt.Begin(new UInt128(_random.NextUInt64(), _random.NextUInt64()), s_suites, now);
        _events.Enqueue(new MeetingEvent.AttemptStarted(_attempt));
    }

    private void Settle(MonotonicTime now)
    {
        if (_attempt is not { IsOver: true }) return;
        _events.Enqueue(new MeetingEvent.AttemptEnded(_attempt));
        _attempt = null;
        _nextAttempt = now + _backoff.Next();
    }

    private static readonly ushort[] s_suites = [NegotiationSuites.Invite];
}
