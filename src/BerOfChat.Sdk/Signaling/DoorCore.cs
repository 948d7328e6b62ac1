using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>This device's door in a room: tells of the devices that knock there because this one may not know them.</summary>
/// <remarks>Nothing is ever sent from a door: who knocks is met at the topic of the pair.</remarks>
internal sealed class DoorCore : IMeetingCore
{
    private readonly RoomId _room;
    private readonly X25519PrivateKey _device;
    private readonly Bytes32 _owner;
    private readonly SignalingDay _day;
    private readonly ReplayFilter _replays = new();
    private readonly OpeningBudget _budget = new();
    private readonly Queue<MeetingEvent> _events = new();

    /// <param name="room">The room.</param>
    /// <param name="device">This device's agreement key; it belongs to the caller and outlives this.</param>
    /// <param name="unixSeconds">The wall clock.</param>
    public DoorCore(RoomId room, X25519PrivateKey device, long unixSeconds)
    {
        _room = room;
        _device = device;
        _owner = Bytes32.Read(device.PublicKey.Span);
        _day = new SignalingDay(unixSeconds);
        Topics = DeriveTopics();
    }

    /// <summary>Yesterday's, today's and tomorrow's door, so that clocks may differ by a day.</summary>
    public IReadOnlyList<SignalingTopicId> Topics { get; private set; }

    /// <summary>Envelopes that were not for us, damaged, repeated, malformed or too many.</summary>
    public long Dropped { get; private set; }

    public MonotonicTime? NextTimeout => _day.NextTimeout;

    public void HandleEnvelope(SignalingPlace place, ReadOnlySpan<byte> envelope, MonotonicTime now)
    {
        if (!Topics.Contains(place.Topic)
            || !EnvelopeHeader.TryParse(envelope, out EnvelopeHeader header)
            || header.Direction != EnvelopeDirection.InitiatorToResponder
            || _replays.Contains(header.Ephemeral, SignalingEnvelope.NonceOf(envelope))
            || !_budget.TryTake(now)
            || !TryOpen(place.Topic, header, envelope, out EnvelopeMessage.Knock? knock))
        {
            Dropped++;
            return;
        }

        _replays.Add(header.Ephemeral, SignalingEnvelope.NonceOf(envelope));
        if (knock.Certificate.DeviceAgreement != _owner) _events.Enqueue(new MeetingEvent.Knocked(knock.Certificate));
    }

    public void HandleTimeout(MonotonicTime now, long unixSeconds)
    {
        if (!_day.HandleTimeout(now, unixSeconds)) return;
        Topics = DeriveTopics();
        _events.Enqueue(new MeetingEvent.TopicsChanged());
    }

    public bool TryReadEvent(out MeetingEvent? meetingEvent) => _events.TryDequeue(out meetingEvent);

    public bool TryWriteEnvelope(MonotonicTime now, out SignalingPlace place, out ReadOnlyMemory<byte> envelope)
    {
        (place, envelope) = (default, default);
        return false;
    }

    public void HandleJoined(SignalingPlace place, MonotonicTime now)
    {
    }

    public void HandleLeft(SignalingPlace place)
    {
    }

    public void Negotiate(NegotiationAttempt attempt, NegotiationMessage message, MonotonicTime now) => throw new InvalidOperationException("Nobody connects at a door.");

    public void MarkOpen(NegotiationAttempt attempt, MonotonicTime now) => throw new InvalidOperationException("Nobody connects at a door.");

    public void Finish(NegotiationAttempt attempt, MonotonicTime now) => throw new InvalidOperationException("Nobody connects at a door.");

    public void Nudge(MonotonicTime now)
    {
    }

    public void Dispose()
    {
    }

    private bool TryOpen(SignalingTopicId topic, EnvelopeHeader header, ReadOnlySpan<byte> envelope, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out EnvelopeMessage.Knock? knock)
    {
        knock = null;
        using Aes256Gcm? key = DoorKeys.TryDerive(topic, _device, header.Ephemeral, header.Ephemeral);
        if (key is null || !SignalingEnvelope.TryOpen(key, topic, envelope, out ReadOnlyMemory<byte> bytes)) return false;
        knock = EnvelopeMessage.TryParse(bytes, out EnvelopeMessage? message) ? message as EnvelopeMessage.Knock : null;
        return knock is not null;
    }

    private SignalingTopicId[] DeriveTopics() =>
        [DoorKeys.DeriveTopic(_room, _owner, _day.Number - 1), DoorKeys.DeriveTopic(_room, _owner, _day.Number), DoorKeys.DeriveTopic(_room, _owner, _day.Number + 1)];
}
