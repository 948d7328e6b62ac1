namespace BerOfChat;

/// <summary>A connection to another device: lanes that carry records, and what ties them to the handshake that runs over them.</summary>
/// <remarks>Each lane delivers every record once and in order for as long as the link lives; lanes are not ordered against each other.</remarks>
public interface IPeerLink : IAsyncDisposable
{
    /// <summary>What both ends know about this link and nobody in between can have made equal on two links.</summary>
    ChannelBinding Binding { get; }

    /// <summary>Sends one record of at most 16,384 bytes. Waits while the link has no room; the memory may be reused when the call has returned.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.ConnectionLost"/>, or <see cref="BerOfChatErrorCode.Closed"/> after disposal.</exception>
    ValueTask SendAsync(PeerLane lane, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default);

    /// <summary>The peer's records of all lanes, for one reader. The memory of a record is valid until the next one is asked for. Ends when the link is closed by either side, or lost.</summary>
    IAsyncEnumerable<PeerRecord> ReadAllAsync(CancellationToken cancellationToken = default);

    /// <summary>How the link is connected and what it has carried.</summary>
    PeerLinkStatistics GetStatistics();
}
