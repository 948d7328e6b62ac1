using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Turn;

/// <summary>One allocation at one server over one transport (RFC 8656): datagrams of UDP, or whole frames of TCP and TLS, go in and out.</summary>
/// <remarks>Has one owner and no locks. After each input, drain <see cref="WritePacket"/> and <see cref="TryReadEvent"/>.</remarks>
internal sealed class TurnClient(TurnClientOptions options, IRandomSource random) : IDisposable
{
    /// <summary>The longest packet that <see cref="WritePacket"/> writes.</summary>
    public const int MaxControlSize = 1200;

    public TurnState State { get; }

    public TransportAddress? RelayedAddress { get; }

    /// <summary>Where the server sees us.</summary>
    public TransportAddress? MappedAddress { get; }

    /// <summary>Of the last request that was sent once and answered; null when none was.</summary>
    public TimeSpan? RoundTripTime { get; }

    public TurnFailure? Failure { get; }

    public TurnCounters Counters { get; } = new();

    public MonotonicTime? NextTimeout => null;

    /// <summary>Asks the server for an address. Again after <see cref="TurnEventKind.AlternateServer"/>, or after a failure, to the server that the owner then sends to.</summary>
    public void Allocate(MonotonicTime now) => throw new NotImplementedException($"{options}{random}{now}");

    /// <summary>Takes a packet that came from the server.</summary>
    /// <param name="packet">A datagram, or a whole frame.</param>
    /// <param name="now">The time.</param>
    /// <param name="peer">Who sent the data.</param>
    /// <param name="offset">Where in the packet it begins.</param>
    /// <param name="length">How long it is.</param>
    /// <returns>True when it carries a datagram of a peer; all others are dealt with, or dropped and counted.</returns>
    public bool TryHandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now, out TransportAddress peer, out int offset, out int length) => throw new NotImplementedException();

    /// <summary>Lets the server relay from and to this address, whatever the port, until the end. May be called before there is an allocation, and again.</summary>
    public void Permit(TransportAddress peer, MonotonicTime now) => throw new NotImplementedException();

    /// <summary>Asks for a channel: data to this peer costs 4 bytes more instead of 36 or 48. Permits it too. May be called again.</summary>
    public void Bind(TransportAddress peer, MonotonicTime now) => throw new NotImplementedException();

    /// <summary>New credentials, after <see cref="TurnEventKind.CredentialsRefused"/>: what was refused is tried again.</summary>
    public void UpdateCredentials(string username, string password, MonotonicTime now) => throw new NotImplementedException();

    /// <summary>The bytes to leave in front of data for this peer: 4 with a channel, else 36 (IPv4) or 48. Behind it at most 3 are needed.</summary>
    public int GetOverhead(TransportAddress peer) => throw new NotImplementedException();

    /// <summary>Makes a packet for the server out of data that stands at <c>destination[GetOverhead(peer)..]</c>.</summary>
    /// <returns>The length of the whole packet; 0 when there is no allocation, or the peer was not permitted, or refused.</returns>
    public int Seal(Span<byte> destination, TransportAddress peer, int dataLength) => throw new NotImplementedException();

    /// <summary>Writes the next packet of our own for the server, at most <see cref="MaxControlSize"/> bytes; 0 when there is none.</summary>
    public int WritePacket(Span<byte> destination) => throw new NotImplementedException();

    public void HandleTimeout(MonotonicTime now) => throw new NotImplementedException();

    public bool TryReadEvent(out TurnEvent result) => throw new NotImplementedException();

    /// <summary>Tells the server that the address is not needed any more. One packet is to be written; who goes on until <see cref="TurnState.Closed"/> knows that it has arrived.</summary>
    public void Close(MonotonicTime now) => throw new NotImplementedException();

    /// <summary>Forgets the password.</summary>
    public void Dispose()
    {
    }
}
