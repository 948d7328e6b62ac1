namespace BerOfChat;

/// <summary>Makes links between two devices that can exchange negotiation messages. WebRTC by default.</summary>
public interface IPeerTransport
{
    /// <summary>Connects to the peer at the other end of <paramref name="negotiation"/>. Returns when records can be sent.</summary>
    /// <remarks>The caller cancels when it has waited long enough; the implementation then leaves nothing behind.</remarks>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.ConnectionFailed"/> or <see cref="BerOfChatErrorCode.ConnectionTimeout"/>.</exception>
    ValueTask<IPeerLink> ConnectAsync(PeerLinkRole role, INegotiationChannel negotiation, CancellationToken cancellationToken = default);
}
