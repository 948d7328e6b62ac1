namespace BerOfChat;

/// <summary>An authenticated and encrypted conversation with one device of a peer. All members may be called from any thread.</summary>
/// <remarks>Each lane delivers every message once and in order for as long as the session lives; lanes are not ordered against each other.</remarks>
public interface IPeerSession : IAsyncDisposable
{
    /// <summary>Who is on the other side, as proven in the handshake.</summary>
    PeerIdentity Peer { get; }

    /// <summary>What the two people compare to be sure of each other.</summary>
    SafetyNumber SafetyNumber { get; }

    /// <summary>Where the session stands.</summary>
    PeerSessionState State { get; }

    /// <summary>Sends one message of at most 1,048,576 bytes. Waits while there is no room; the memory may be reused when the call has returned.</summary>
    /// <param name="message">The message; it may be empty.</param>
    /// <param name="lane">The lane. Messages of one lane keep their order.</param>
    /// <param name="cancellationToken">Ends the wait for room. A message is sent whole or not at all.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.MessageTooLarge"/>, or why the session has ended: among others <see cref="BerOfChatErrorCode.Closed"/>,
    /// <see cref="BerOfChatErrorCode.SessionClosedByPeer"/>, <see cref="BerOfChatErrorCode.ProtocolViolation"/>, <see cref="BerOfChatErrorCode.ConnectionLost"/>.
    /// </exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> message, PeerLane lane = PeerLane.Live, CancellationToken cancellationToken = default);

    /// <summary>The peer's messages of all lanes, for one reader. A slow reader slows the peer down.</summary>
    /// <remarks>Ends when the session was closed by this side, or by the peer because it is done.</remarks>
    /// <exception cref="BerOfChatException">The session has ended for another reason; what had arrived was yielded before.</exception>
    IAsyncEnumerable<PeerMessage> ReadAllAsync(CancellationToken cancellationToken = default);

    /// <summary>What the session has carried, and how its link is connected.</summary>
    PeerSessionStatistics GetStatistics();
}
