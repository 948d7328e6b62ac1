using BerOfChat.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BerOfChat.Signaling;

/// <summary>Tries to reach the issuer of an invitation: yields one attempt after the other until the owner stops.</summary>
internal sealed class InviteJoiner : IAsyncDisposable
{
    private readonly MeetingShell _meeting;

    /// <param name="invite">The invitation.</param>
    /// <param name="transports">Where the issuer may be; they belong to the caller.</param>
    /// <param name="random">Random bytes, not used by anybody else at the same time unless it is thread-safe.</param>
    /// <param name="timeProvider">All time.</param>
    /// <param name="logger">Optional.</param>
    public InviteJoiner(
        RoomInvite invite, IReadOnlyList<ISignalingTransport> transports, IRandomSource random, TimeProvider timeProvider, ILogger? logger = null)
    {
        var core = new InviteJoinerCore(invite, random);
        _meeting = new MeetingShell(
            core,
            transports,
            (meeting, attempt) => new ConnectionAttempt(meeting, attempt, core.Psk) { ExpectedAccountKey = invite.AccountKey },
            random,
            timeProvider,
            logger ?? NullLogger.Instance);
    }

    /// <summary>Yields attempts, until cancelled or disposed. The next one begins after a back-off when the one before it is over. For one reader, once.</summary>
    public IAsyncEnumerable<ConnectionAttempt> ReadAttemptsAsync(CancellationToken cancellationToken = default) => _meeting.ReadAttemptsAsync(cancellationToken);

    /// <summary>The network may have changed: tries at once what would have been tried later.</summary>
    public void Nudge() => _meeting.Nudge();

    public ValueTask DisposeAsync() => _meeting.DisposeAsync();
}
