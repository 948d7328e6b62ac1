using System.Diagnostics.CodeAnalysis;
using BerOfChat.Invites;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The side that issued an invitation: answers the offers that come to its topic, several at a time.</summary>
internal sealed class InviteIssuerCore(IssuedInvite invite, IRandomSource random) : IMeetingCore
{
    /// <summary>How many joiners are served at a time. Further offers are dropped; their senders repeat them.</summary>
    public const int MaxAttempts = 8;

    private readonly Dictionary<Bytes32, Joining> _joining = [];
    private readonly EndedAttempts _ended = new();
    private readonly ReplayFilter _replays = new();
    private readonly OpeningBudget _budget = new();
    private readonly Queue<(SignalingPlace Place, byte[] Envelope)> _outgoing = new();
    private readonly Queue<MeetingEvent> _events = new();

    public IReadOnlyList<SignalingTopicId> Topics { get; } = [invite.Keys.Topic];

    /// <summary>Envelopes that were not for us, damaged, repeated, malformed or too many.</summary>
    public long Dropped { get; private set; }

    public void HandleJoined(SignalingPlace place, MonotonicTime now)
    {
        foreach (Joining joining in _joining.Values) joining.Attempt.Repeat();
    }

    public void HandleLeft(SignalingPlace place)
    {
    }

    public void HandleEnvelope(SignalingPlace place, ReadOnlySpan<byte> envelope, MonotonicTime now)
    {
        if (!TryHandleOffer(place, envelope, now)) Dropped++;
    }

    public void HandleTimeout(MonotonicTime now, long unixSeconds)
    {
        foreach (Joining joining in _joining.Values) joining.Attempt.HandleTimeout(now);
        Settle();
    }

    public void Negotiate(NegotiationAttempt attempt, NegotiationMessage message, MonotonicTime now)
    {
        if (!attempt.IsOver) attempt.Send(message, now);
    }

    public void MarkOpen(NegotiationAttempt attempt, MonotonicTime now) => attempt.MarkOpen();

    public void Finish(NegotiationAttempt attempt, MonotonicTime now)
    {
        attempt.Finish(AttemptEnd.ByOwner);
        Settle();
    }

    public void Nudge(MonotonicTime now)
    {
        foreach (Joining joining in _joining.Values) joining.Attempt.Repeat();
    }

    public bool TryWriteEnvelope(MonotonicTime now, out SignalingPlace place, out ReadOnlyMemory<byte> envelope)
    {
        foreach (Joining joining in _joining.Values)
        {
            if (joining.Attempt.TryWriteMessage(now, out EnvelopeMessage? message)) Post(joining.Cipher, joining.Ephemeral, joining.Places, message!);
        }

        bool any = _outgoing.TryDequeue(out (SignalingPlace Place, byte[] Envelope) next);
        (place, envelope) = next;
        return any;
    }

    public bool TryReadEvent(out MeetingEvent? meetingEvent) => _events.TryDequeue(out meetingEvent);

    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = null;
            foreach (Joining joining in _joining.Values) next = MonotonicTime.Earliest(next, joining.Attempt.NextTimeout);
            return next;
        }
    }

    /// <summary>Ends all attempts. The invitation belongs to the owner.</summary>
    public void Dispose()
    {
        foreach (Joining joining in _joining.Values) joining.Cipher.Dispose();
        _joining.Clear();
    }

    private bool TryHandleOffer(SignalingPlace place, ReadOnlySpan<byte> envelope, MonotonicTime now)
    {
        if (!EnvelopeHeader.TryParse(envelope, out EnvelopeHeader header) || header.Direction != EnvelopeDirection.InitiatorToResponder) return false;
        if (_replays.Contains(header.Ephemeral, SignalingEnvelope.NonceOf(envelope)) || !_budget.TryTake(now)) return false;

        if (_joining.TryGetValue(header.Ephemeral, out Joining? joining))
        {
            if (!TryOpen(joining.Cipher, place, header, envelope, out EnvelopeMessage.Offer? copy) || copy.Id != joining.Attempt.Id) return false;
            joining.Places.Add(place);
            joining.Attempt.HandleOffer(copy);
            return true;
        }

        if (_joining.Count >= MaxAttempts) return false;
        EnvelopeCipher? cipher = invite.Keys.TryCreateCipher(invite.PrivateKey, header.Ephemeral, header.Ephemeral, EnvelopeDirection.ResponderToInitiator);
        if (cipher is null) return false;
        if (TryOpen(cipher, place, header, envelope, out EnvelopeMessage.Offer? offer) && !_ended.Contains(offer.Id) && TryAccept(offer, cipher, header.Ephemeral, place, now))
            return true;
        cipher.Dispose();
        return false;
    }

    private bool TryOpen(
        EnvelopeCipher cipher, SignalingPlace place, EnvelopeHeader header, ReadOnlySpan<byte> envelope, [NotNullWhen(true)] out EnvelopeMessage.Offer? offer)
    {
        offer = null;
        if (!cipher.TryOpen(place.Topic, envelope, out ReadOnlyMemory<byte> bytes)) return false;
        _replays.Add(header.Ephemeral, SignalingEnvelope.NonceOf(envelope));
        offer = EnvelopeMessage.TryParse(bytes, out EnvelopeMessage? message) ? message as EnvelopeMessage.Offer : null;
        return offer is { Description.Length: > 0 };
    }

    private bool TryAccept(EnvelopeMessage.Offer offer, EnvelopeCipher cipher, Bytes32 ephemeral, SignalingPlace place, MonotonicTime now)
    {
        ushort suite = NegotiationSuites.Choose(offer.Suites, NegotiationSuites.Invite);
        if (suite == NegotiationSuites.None)
        {
            Post(cipher, ephemeral, [place], new EnvelopeMessage.Answer(offer.Id, suite, "", []));
            return false;
        }

        var joining = new Joining(NegotiationAttempt.Accept(offer, suite, now), cipher, ephemeral, [place]);
        _joining.Add(ephemeral, joining);
        _events.Enqueue(new MeetingEvent.AttemptStarted(joining.Attempt));
        return true;
    }

    private void Post(EnvelopeCipher cipher, Bytes32 ephemeral, HashSet<SignalingPlace> places, EnvelopeMessage message)
    {
        byte[] bytes = message.Encode();
        foreach (SignalingPlace place in places) _outgoing.Enqueue((place, cipher.Seal(place.Topic, ephemeral, bytes, random)));
    }

    private void Settle()
    {
        foreach ((Bytes32 ephemeral, Joining joining) in _joining)
        {
            if (!joining.Attempt.IsOver) continue;
            _joining.Remove(ephemeral);     // allowed while enumerating
            joining.Cipher.Dispose();
            _ended.Add(joining.Attempt.Id);
            _events.Enqueue(new MeetingEvent.AttemptEnded(joining.Attempt));
        }
    }

    private sealed record Joining(NegotiationAttempt Attempt, EnvelopeCipher Cipher, Bytes32 Ephemeral, HashSet<SignalingPlace> Places);
}
