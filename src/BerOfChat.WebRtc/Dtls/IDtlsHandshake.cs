using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>A DTLS 1.2 handshake: datagrams in, datagrams out, keys at the end.</summary>
internal interface IDtlsHandshake : IDisposable
{
    /// <summary>Where it stands.</summary>
    DtlsHandshakeStatus Status { get; }

    /// <summary>Why it has failed, if it knows.</summary>
    DtlsHandshakeFailure? Failure { get; }

    MonotonicTime? NextTimeout { get; }

    void Start(bool isClient, MonotonicTime now);

    /// <summary>Handles handshake, change-cipher-spec and alert records; application data never comes here.</summary>
    void HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now);

    void HandleTimeout(MonotonicTime now);

    /// <summary>Writes the next datagram; 0 when there is none.</summary>
    int WriteDatagram(Span<byte> destination);

    /// <summary>Hands over the keys, once, when <see cref="Status"/> is completed.</summary>
    bool TryTakeKeys(out DtlsKeys? keys);

    /// <summary>Tells the peer why its certificate is refused after all. Instead of anything that is still to be sent, and only once the handshake is completed.</summary>
    void Refuse(DtlsAlert alert);
}

/// <summary>Where a handshake stands.</summary>
internal enum DtlsHandshakeStatus
{
    InProgress,
    Completed,
    Failed,
}

/// <summary>The alert with which a handshake has ended.</summary>
/// <param name="Alert">Which.</param>
/// <param name="IsFromPeer">Whether the peer has sent it rather than we.</param>
internal readonly record struct DtlsHandshakeFailure(DtlsAlert Alert, bool IsFromPeer);
