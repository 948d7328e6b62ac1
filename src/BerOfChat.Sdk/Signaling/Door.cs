using BerOfChat.Cryptography;
using BerOfChat.Identity;
using BerOfChat.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BerOfChat.Signaling;

/// <summary>This device's door in a room, open for as long as it is not disposed.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly MeetingShell _meeting;

    /// <param name="room">The room.</param>
    /// <param name="device">This device's agreement key; it belongs to the caller and outlives this.</param>
    /// <param name="transports">Where the door is; they belong to the caller.</param>
    /// <param name="random">Random bytes, not used by anybody else at the same time unless it is thread-safe.</param>
    /// <param name="timeProvider">All time, and the day.</param>
    /// <param name="logger">Optional.</param>
    public Door(RoomId room, X25519PrivateKey device, IReadOnlyList<ISignalingTransport> transports, IRandomSource random, TimeProvider timeProvider, ILogger? logger = null) =>
        _meeting = MeetingShell.WithoutAttempts(
            new DoorCore(room, device, timeProvider.GetUtcNow().ToUnixTimeSeconds()), transports, random, timeProvider, logger ?? NullLogger.Instance);

    /// <summary>A device knocked: one of this room, if its certificate is believed. Raised on any thread, and again at each knock.</summary>
    public event Action<DeviceCertificate>? Knocked
    {
        add => _meeting.Knocked += value;
        remove => _meeting.Knocked -= value;
    }

    /// <summary>Waits until cancelled or disposed.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _meeting.RunAsync(cancellationToken);

    public ValueTask DisposeAsync() => _meeting.DisposeAsync();
}
