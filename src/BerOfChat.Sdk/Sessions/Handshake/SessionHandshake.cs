using BerOfChat.Identity;
using BerOfChat.Sessions.Noise;
using BerOfChat.Sessions.Records;

namespace BerOfChat.Sessions.Handshake;

/// <summary>The three messages of a session's beginning: Noise, the payloads in it, and a pause in which the owner says whether it accepts the peer.</summary>
internal sealed class SessionHandshake : IDisposable
{
    private readonly HandshakeState _noise;
    private readonly LocalIdentity _identity;
    private readonly DateTimeOffset _wallTime;
    private bool _isAccepted;

    public SessionHandshake(SessionParameters parameters, ChannelBinding binding, DateTimeOffset wallTime)
    {
        NoisePattern pattern = parameters.Suite switch
        {
            SessionSuite.Pair => NoisePattern.XX,
            SessionSuite.Invite => NoisePattern.XXpsk0,
            _ => throw new ArgumentException("The suite is not known.", nameof(parameters)),
        };
        byte[] prologue = SessionPrologue.Create(parameters.IsInitiator, parameters.OfferedSuites, parameters.Suite, binding);
        ReadOnlyMemory<byte>[] psks = parameters.Psk is { } psk ? [psk] : [];
        _noise = new HandshakeState(pattern, parameters.IsInitiator, prologue, parameters.Identity.DeviceAgreement, [], psks, parameters.Random);
        _identity = parameters.Identity;
        _wallTime = wallTime;
    }

    /// <summary>The peer as proven; null until it is.</summary>
    public RemoteDevice? Remote { get; private set; }

    /// <summary>Whether the peer has proven who it is, and the owner has not said yet what it thinks of it.</summary>
    public bool IsAwaitingDecision => Remote is not null && !_isAccepted;

    public bool IsReading => _noise.IsReading;

    /// <summary>Whether a message can be written. The initiator says who it is only to a responder that was accepted.</summary>
    public bool IsWriting => _noise.IsWriting && !IsAwaitingDecision;

    /// <summary>Whether all messages have passed. The responder may still have to decide.</summary>
    public bool IsComplete => _noise.IsComplete;

    /// <summary>The owner accepts the peer.</summary>
    public void Accept() => _isAccepted = true;

    /// <summary>Writes the message that is due. False when the peer's key is bad: the handshake has then failed.</summary>
    public bool TryWrite(Span<byte> destination, out int written)
    {
        bool isFirst = _noise.IsInitiator && Remote is null;
        return _noise.TryWriteMessage(isFirst ? [] : HandshakePayload.Create(_identity), destination, out written);
    }

    /// <summary>Reads a message of the peer. False when anything is wrong with it: the handshake has then failed.</summary>
    public bool TryRead(ReadOnlySpan<byte> message)
    {
        if (!IsReading || message.Length > MaxMessageSize) return false;

        bool isFirst = !_noise.IsInitiator && !_hasRead;
        _hasRead = true;
        byte[] payload = new byte[message.Length];
        if (!_noise.TryReadMessage(message, payload, out int length)) return false;
        if (isFirst) return length == 0;

        if (!HandshakePayload.TryRead(payload.AsSpan(0, length), _noise.RemoteStatic, _wallTime, out RemoteDevice? remote)) return false;
        Remote = remote;
        return true;
    }

    /// <summary>Derives the keys of the records.</summary>
    public SessionKeys DeriveKeys() => SessionKeys.Derive(_noise);

    public void Dispose() => _noise.Dispose();

    public const int MaxMessageSize = 4096;

    private bool _hasRead;
}
