namespace BerOfChat;

/// <summary>Makes links between two devices that can exchange negotiation messages. WebRTC by default.</summary>
/// <remarks>Members may be called from any thread, also for several connections at once. <c>PeerTransportContract</c> in <c>BerOfChat.Sdk.Testing</c> tests all of this.</remarks>
public interface IPeerTransport
{
    /// <summary>Connects to the peer at the other end of <paramref name="negotiation"/>. Returns when records can be sent.</summary>
    /// <param name="role">
    /// The offerer sends a description and returns only after it has read the one that answers it: with the answer comes what the session needs. The answerer
    /// sends its description when it has read the offer.
    /// </param>
    /// <param name="negotiation">Lives as long as the attempt. A candidate that cannot be read is left out.</param>
    /// <param name="cancellationToken">The caller cancels when it has waited long enough; the implementation then leaves nothing behind.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.ConnectionFailed"/>, for a description that cannot be read too, or <see cref="BerOfChatErrorCode.ConnectionTimeout"/>.
    /// </exception>
    ValueTask<IPeerLink> ConnectAsync(PeerLinkRole role, INegotiationChannel negotiation, CancellationToken cancellationToken = default);
}
