using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BerOfChat.Signaling;

/// <summary>Keeps looking for one device of a room that this device knows, whenever there is no session with it.</summary>
internal sealed class PairMeeting : IAsyncDisposable
{
    private readonly MeetingShell _meeting;

    /// <param name="room">The room in which the two know each other.</param>
    /// <param name="device">This device's agreement key; it belongs to the caller and outlives this.</param>
    /// <param name="peer">The peer's agreement key, from its certificate.</param>
    /// <param name="transports">Where to meet; they belong to the caller.</param>
    /// <param name="random">Random bytes, not used by anybody else at the same time unless it is thread-safe.</param>
    /// <param name="timeProvider">All time, and the day.</param>
    /// <param name="logger">Optional.</param>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.ProtocolViolation"/> when the peer's key is not usable.</exception>
    public PairMeeting(
        RoomId room,
        X25519PrivateKey device,
        Bytes32 peer,
        IReadOnlyList<ISignalingTransport> transports,
        IRandomSource random,
        TimeProvider timeProvider,
        ILogger? logger = null)
    {
        var core = new PairMeetingCore(room, device, peer, timeProvider.GetUtcNow().ToUnixTimeSeconds(), random);
        IsOfferer = core.IsOfferer;
        _meeting = new MeetingShell(
            core,
            transports,
            (meeting, attempt) => new ConnectionAttempt(meeting, attempt, null) { ExpectedDeviceAgreementKey = peer },
            random,
            timeProvider,
            logger ?? NullLogger.Instance);
    }

    /// <summary>Whether this device makes the offers.</summary>
    public bool IsOfferer { get; }

    /// <summary>The peer looks for us although we have a session with it, or the signaling service was gone, perhaps with the peer: ping that session, and close it when no answer comes within 2 s. At most once a second.</summary>
    public event Action? PeerReady
    {
        add => _meeting.PeerReady += value;
        remove => _meeting.PeerReady -= value;
    }

    /// <summary>Yields attempts, one at a time, until cancelled or disposed. For one reader, once; when it ends, everything has ended.</summary>
    public IAsyncEnumerable<ConnectionAttempt> ReadAttemptsAsync(CancellationToken cancellationToken = default) => _meeting.ReadAttemptsAsync(cancellationToken);

    /// <summary>There is a session with the peer, through this meeting or another: nothing is sent while it lives. Ends an attempt that was not marked as open; call it before an open one is disposed.</summary>
    public void NotifySessionOpen() => _meeting.Run(static (core, now) => ((PairMeetingCore)core).NotifySessionOpen(now));

    /// <summary>There is no session with the peer any more.</summary>
    public void NotifySessionClosed() => _meeting.Run(static (core, now) => ((PairMeetingCore)core).NotifySessionClosed(now));

    /// <summary>The network may have changed: tries at once what would have been tried later.</summary>
    public void Nudge() => _meeting.Nudge();

    /// <summary>Tries at once to reach the services that could not be reached. Sends nothing at the others.</summary>
    public void RetryLinks() => _meeting.RetryLinks();

    public ValueTask DisposeAsync() => _meeting.DisposeAsync();
}
