using BerOfChat.Invites;
using BerOfChat.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BerOfChat.Signaling;

/// <summary>Waits at the topic of an invitation for those who come with it. Serves up to <see cref="InviteIssuerCore.MaxAttempts"/> at a time.</summary>
internal sealed class InviteListener : IAsyncDisposable
{
    private readonly MeetingShell _meeting;

    /// <param name="invite">The invitation; it belongs to the caller and outlives this.</param>
    /// <param name="transports">Where to wait; they belong to the caller.</param>
    /// <param name="random">Random bytes, not used by anybody else at the same time unless it is thread-safe.</param>
    /// <param name="timeProvider">All time.</param>
    /// <param name="logger">Optional.</param>
    public InviteListener(
        IssuedInvite invite, IReadOnlyList<ISignalingTransport> transports, IRandomSource random, TimeProvider timeProvider, ILogger? logger = null) =>
        _meeting = new MeetingShell(
            new InviteIssuerCore(invite, random),
            transports,
            (meeting, attempt) => new ConnectionAttempt(meeting, attempt, invite.Keys.Psk) { Invite = invite },
            random,
            timeProvider,
            logger ?? NullLogger.Instance);

    /// <summary>Yields an attempt for each joiner's offer, until cancelled or disposed. For one reader, once; when it ends, everything has ended.</summary>
    public IAsyncEnumerable<ConnectionAttempt> ReadAttemptsAsync(CancellationToken cancellationToken = default) => _meeting.ReadAttemptsAsync(cancellationToken);

    /// <summary>The network may have changed: joins at once what could not be joined.</summary>
    public void Nudge() => _meeting.Nudge();

    public ValueTask DisposeAsync() => _meeting.DisposeAsync();
}
