namespace BerOfChat;

/// <summary>A connection to another device: lanes that carry records, and what ties them to the handshake that runs over them.</summary>
/// <remarks>
/// Each lane delivers every record once, whole and in order for as long as the link lives; lanes are not ordered against each other. Members may be called from
/// any thread; the SDK has one <see cref="SendAsync"/> running on a lane at a time, and on different lanes at once. Disposing may happen twice, at any time and while
/// other members run: what waits then ends. What was sent just before may be lost with the link.
/// </remarks>
public interface IPeerLink : IAsyncDisposable
{
    /// <summary>The largest record in bytes.</summary>
    const int MaxRecordSize = 16_384;

    /// <summary>What both ends know about this link and nobody in between can have made equal on two links.</summary>
    ChannelBinding Binding { get; }

    /// <summary>Sends one record. Waits while the lane has no room, which one that is full does not take from the others.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="record">1 to <see cref="MaxRecordSize"/> bytes. The memory may be reused when the call has returned.</param>
    /// <param name="cancellationToken">Ends the wait; the record is then not sent.</param>
    /// <exception cref="ArgumentException">There is no such lane, or the record is empty or too large. The link lives on.</exception>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.ConnectionLost"/> when the peer has closed the link or it broke, <see cref="BerOfChatErrorCode.Closed"/> after disposal.
    /// </exception>
    ValueTask SendAsync(PeerLane lane, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default);

    /// <summary>The peer's records of all lanes, for one reader. The memory of a record is valid until the next one is asked for.</summary>
    /// <remarks>
    /// Ends without an error when the link is closed by either side, or lost. A reader that stops slows the peer down: at most 32 MiB wait between the
    /// two, then <see cref="SendAsync"/> waits.
    /// </remarks>
    IAsyncEnumerable<PeerRecord> ReadAllAsync(CancellationToken cancellationToken = default);

    /// <summary>How the link is connected and what it has carried. Answers after the link has ended too.</summary>
    PeerLinkStatistics GetStatistics();
}
