using BerOfChat.Cryptography;
using BerOfChat.Identity;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>Knocks at the door of a device that may not know this one, so that it comes to the topic of the pair: at once, every 15 s, and after five minutes every minute.</summary>
internal sealed class KnockCore : IMeetingCore
{
    private readonly RoomId _room;
    private readonly Bytes32 _owner;
    private readonly DeviceCertificate _certificate;
    private readonly IRandomSource _random;
    private readonly SignalingDay _day;
    private readonly Dictionary<SignalingPlace, Aes256Gcm> _keys = [];
    private readonly Dictionary<SignalingPlace, EnvelopeHeader> _headers = [];
    private readonly Queue<(SignalingPlace Place, byte[] Envelope)> _outgoing = new();
    private readonly Queue<MeetingEvent> _events = new();
    private MonotonicTime? _since;
    private MonotonicTime? _next;

    /// <param name="room">The room in which this device is a member.</param>
    /// <param name="owner">The agreement key of the device whose door it is, from its certificate.</param>
    /// <param name="certificate">This device's certificate.</param>
    /// <param name="unixSeconds">The wall clock.</param>
    /// <param name="random">Random bytes.</param>
    public KnockCore(RoomId room, Bytes32 owner, DeviceCertificate certificate, long unixSeconds, IRandomSource random)
    {
        _room = room;
        _owner = owner;
        _certificate = certificate;
        _random = random;
        _day = new SignalingDay(unixSeconds);
        Topics = [DoorKeys.DeriveTopic(room, owner, _day.Number)];
    }

    /// <summary>Today's door.</summary>
    public IReadOnlyList<SignalingTopicId> Topics { get; private set; }

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(_keys.Count > 0 ? _next : null, _day.NextTimeout);

    public void HandleJoined(SignalingPlace place, MonotonicTime now)
    {
        using X25519PrivateKey ephemeral = X25519PrivateKey.Generate(_random);
        Bytes32 e = Bytes32.Read(ephemeral.PublicKey.Span);
        HandleLeft(place);
        _keys.Add(place, DoorKeys.TryDerive(place.Topic, ephemeral, _owner, e) ?? throw new System.Diagnostics.UnreachableException());     // certificates with useless keys are refused
        _headers.Add(place, new EnvelopeHeader(EnvelopeDirection.InitiatorToResponder, e));
        _since ??= now;
        Knock(place);
        _next ??= now + s_interval;
    }

    public void HandleLeft(SignalingPlace place)
    {
        if (!_keys.Remove(place, out Aes256Gcm? key)) return;
        _headers.Remove(place);
        key.Dispose();
    }

    public void HandleTimeout(MonotonicTime now, long unixSeconds)
    {
        if (_day.HandleTimeout(now, unixSeconds))
        {
            Topics = [DoorKeys.DeriveTopic(_room, _owner, _day.Number)];
            _events.Enqueue(new MeetingEvent.TopicsChanged());
        }

        if (_next is not { } due || due > now || _keys.Count == 0) return;
        foreach (SignalingPlace place in _keys.Keys) Knock(place);
        _next = now + (now - _since!.Value < s_eager ? s_interval : s_lateInterval);
    }

    public void Nudge(MonotonicTime now)
    {
        foreach (SignalingPlace place in _keys.Keys) Knock(place);
    }

    public bool TryWriteEnvelope(MonotonicTime now, out SignalingPlace place, out ReadOnlyMemory<byte> envelope)
    {
        bool any = _outgoing.TryDequeue(out (SignalingPlace Place, byte[] Envelope) next);
        (place, envelope) = next;
        return any;
    }

    public bool TryReadEvent(out MeetingEvent? meetingEvent) => _events.TryDequeue(out meetingEvent);

    /// <summary>A door answers nothing; what is heard there comes from others who knock.</summary>
    public void HandleEnvelope(SignalingPlace place, ReadOnlySpan<byte> envelope, MonotonicTime now)
    {
    }

    public void Negotiate(NegotiationAttempt attempt, NegotiationMessage message, MonotonicTime now) => throw new InvalidOperationException("Nobody connects at a door.");

    public void MarkOpen(NegotiationAttempt attempt, MonotonicTime now) => throw new InvalidOperationException("Nobody connects at a door.");

    public void Finish(NegotiationAttempt attempt, MonotonicTime now) => throw new InvalidOperationException("Nobody connects at a door.");

    public void Dispose()
    {
        foreach (SignalingPlace place in _keys.Keys.ToArray()) HandleLeft(place);
    }

    private void Knock(SignalingPlace place) =>
        _outgoing.Enqueue((place, SignalingEnvelope.Seal(_keys[place], place.Topic, _headers[place], new EnvelopeMessage.Knock(_certificate).Encode(), _random)));

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_lateInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_eager = TimeSpan.FromMinutes(5);
}
