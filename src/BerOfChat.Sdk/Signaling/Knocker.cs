using BerOfChat.Identity;
using BerOfChat.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BerOfChat.Signaling;

/// <summary>Knocks at one device's door until it is disposed.</summary>
internal sealed class Knocker : IAsyncDisposable
{
    private readonly MeetingShell _meeting;

    /// <param name="room">The room in which this device is a member.</param>
    /// <param name="owner">The agreement key of the device whose door it is.</param>
    /// <param name="certificate">This device's certificate.</param>
    /// <param name="transports">Where the door may be; they belong to the caller.</param>
    /// <param name="random">Random bytes, not used by anybody else at the same time unless it is thread-safe.</param>
    /// <param name="timeProvider">All time, and the day.</param>
    /// <param name="logger">Optional.</param>
    public Knocker(
        RoomId room, Bytes32 owner, DeviceCertificate certificate, IReadOnlyList<ISignalingTransport> transports, IRandomSource random, TimeProvider timeProvider, ILogger? logger = null) =>
        _meeting = MeetingShell.WithoutAttempts(
            new KnockCore(room, owner, certificate, timeProvider.GetUtcNow().ToUnixTimeSeconds(), random), transports, random, timeProvider, logger ?? NullLogger.Instance);

    /// <summary>Knocks until cancelled or disposed.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _meeting.RunAsync(cancellationToken);

    public ValueTask DisposeAsync() => _meeting.DisposeAsync();
}
