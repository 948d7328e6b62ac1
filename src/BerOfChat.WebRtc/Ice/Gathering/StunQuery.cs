using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice.Gathering;

/// <summary>Asks one STUN server how one of our sockets looks from outside (RFC 8489 section 12), and asks again to keep a door that translates addresses open.</summary>
/// <remarks>Nothing proves who answers but a random number of 96 bits and the address: whoever can read that on its way may lie. What he gains is a candidate that no check confirms.</remarks>
internal sealed class StunQuery(int serverId, int socketId, TransportAddress server, IRandomSource random)
{
    private const int MaxMessageSize = 64;

    private StunTransactionId _transaction;
    private MonotonicTime _startedAt;
    private MonotonicTime _next;
    private TimeSpan _retransmission;
    private int _transmissions;
    private bool _isDue;
    private TransportAddress? _taken;

    public int ServerId => serverId;

    public IceRoute Route { get; } = new(socketId, server);

    public StunQueryState State { get; private set; }

    /// <summary>How the server sees the socket.</summary>
    public TransportAddress? MappedAddress { get; private set; }

    /// <summary>How it saw the socket the first time.</summary>
    public TransportAddress? FirstMappedAddress { get; private set; }

    /// <summary>Whether the question asked last was answered by nothing (yet).</summary>
    public bool IsUnanswered { get; private set; }

    /// <summary>Of the first answer to a question that was sent once.</summary>
    public TimeSpan? RoundTripTime { get; private set; }

    /// <summary>The error that the server answered with; 0 when it did not.</summary>
    public int ErrorCode { get; private set; }

    /// <summary>When to repeat; null when nothing is open.</summary>
    public MonotonicTime? NextTimeout => _transmissions > 0 ? _next : null;

    /// <summary>Asks, for the first time or again.</summary>
    public void Ask(MonotonicTime now)
    {
        _transaction = StunTransactionId.New(random);
        _startedAt = now;
        _transmissions = 0;
        IsUnanswered = true;
        _retransmission = IceServerLimits.Retransmission;
        Transmit(now);
    }

    /// <summary>Takes an answer. False when it is none to the open question.</summary>
    public bool TryHandleResponse(StunMessage response, MonotonicTime now)
    {
        if (_transmissions == 0 || response.TransactionId != _transaction || response.Type is not (StunMessageType.BindingSuccess or StunMessageType.BindingError)) return false;
        if (_transmissions == 1) RoundTripTime ??= now - _startedAt;
        Stop();
        IsUnanswered = false;
        // Attributes of RFC 3489 would have to be understood today; servers of old add them. What counts is there or it is not.
        if (response.Type == StunMessageType.BindingSuccess && TryReadMapped(response, out TransportAddress mapped) && !mapped.IsUnusable && mapped.IsIPv6 == server.IsIPv6)
        {
            MappedAddress = mapped;
            FirstMappedAddress ??= mapped;
            State = StunQueryState.Answered;
            return true;
        }

        if (response.TryGetErrorCode(out int code)) ErrorCode = code;
        if (State == StunQueryState.Asking) State = StunQueryState.Refused;
        return true;
    }

    /// <summary>Whether there is an answer that was not taken yet: the first one, or another one than before.</summary>
    public bool TryTakeMapped(out TransportAddress mapped)
    {
        mapped = MappedAddress.GetValueOrDefault();
        if (MappedAddress is null || MappedAddress == _taken) return false;
        _taken = MappedAddress;
        return true;
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (_transmissions == 0 || _next > now) return;
        if (_transmissions >= IceServerLimits.MaxTransmissions)
        {
            Stop();
            if (State == StunQueryState.Asking) State = StunQueryState.Silent;
            return;
        }

        TimeSpan doubled = _retransmission * 2;
        _retransmission = doubled < IceServerLimits.MaxRetransmission ? doubled : IceServerLimits.MaxRetransmission;
        Transmit(now);
    }

    /// <summary>Writes the question if it is due; returns its length, or 0.</summary>
    public int WritePacket(Span<byte> destination)
    {
        if (!_isDue) return 0;
        _isDue = false;
        return new StunWriter(destination[..MaxMessageSize], StunMessageType.BindingRequest, _transaction).Finish([]);
    }

    /// <summary>Asks no more.</summary>
    public void Stop()
    {
        _transmissions = 0;
        _isDue = false;
    }

    // Servers of old know only the plain form, which doors that rewrite addresses in packets may spoil.
    private static bool TryReadMapped(StunMessage response, out TransportAddress mapped) =>
        XorAddress.TryRead(response, StunAttributeType.XorMappedAddress, out mapped) || XorAddress.TryReadPlain(response, StunAttributeType.MappedAddress, out mapped);

    private void Transmit(MonotonicTime now)
    {
        _transmissions++;
        _next = now + _retransmission;
        _isDue = true;
    }
}

/// <summary>Where a <see cref="StunQuery"/> stands. A server that has answered once keeps that, whatever it does later.</summary>
internal enum StunQueryState
{
    Asking,
    Answered,

    /// <summary>It answered by an error, or by nothing of use.</summary>
    Refused,

    /// <summary>It has not answered.</summary>
    Silent,
}
