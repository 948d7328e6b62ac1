using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace BerOfChat.Signaling;

/// <summary>Keeps one topic joined on one transport: joins again, after a growing pause, whenever joining fails or the topic's stream ends.</summary>
internal sealed partial class PlaceLink(
    MeetingShell meeting, SignalingPlace place, ISignalingTransport transport, Backoff backoff, TimeProvider timeProvider, ILogger logger) : IAsyncDisposable
{
    /// <summary>How many envelopes wait while the transport is slow; then the oldest is dropped, because newer copies say more.</summary>
    private const int MaxOutgoing = 32;

    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<ReadOnlyMemory<byte>> _outgoing =
        Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(MaxOutgoing) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private volatile CancellationTokenSource? _pause;
    private Task _task = Task.CompletedTask;
    private long? _joinedAt;

    /// <summary>Begins to join; called once.</summary>
    public void Start() => _task = Task.Run(RunAsync);

    /// <summary>Leaves the topic. Returns when everything of this link has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(false);
        _stop.Dispose();
    }

    public void Post(ReadOnlyMemory<byte> envelope) => _outgoing.Writer.TryWrite(envelope);

    /// <summary>Ends a pause between two attempts to join.</summary>
    public void RetryNow()
    {
        try
        {
            _pause?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The pause has just ended by itself.
        }
    }

    private async Task RunAsync()
    {
        CancellationToken stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            _joinedAt = null;
            try
            {
                await ServeAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever a transport throws, the answer is the same: try again later. Its text may hold an address, so only the code is logged.
                LogUnavailable(logger, e is BerOfChatException known ? known.ErrorCode : BerOfChatErrorCode.Unknown);
            }

            if (_joinedAt is { } since && timeProvider.GetElapsedTime(since) > s_stable) backoff.Reset();
            await PauseAsync(stop).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(CancellationToken stop)
    {
        ISignalingTopic topic = await transport.JoinAsync(place.Topic, stop).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable leaving = topic.ConfigureAwait(false);
        _joinedAt = timeProvider.GetTimestamp();
        while (_outgoing.Reader.TryRead(out _))
        {
            // What was written while the link was down is out of date.
        }

        using var broken = CancellationTokenSource.CreateLinkedTokenSource(stop);
        meeting.Run((core, now) => core.HandleJoined(place, now));
        Task publishing = PublishAsync(topic, broken);
        try
        {
            await foreach (ReadOnlyMemory<byte> envelope in topic.ReadAllAsync(broken.Token).ConfigureAwait(false))
                meeting.Run((core, now) => core.HandleEnvelope(place, envelope.Span, now));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Publishing failed, and says why below.
        }
        finally
        {
            await broken.CancelAsync().ConfigureAwait(false);
            meeting.Run((core, _) => core.HandleLeft(place));
            await publishing.ConfigureAwait(false);
        }
    }

    private async Task PublishAsync(ISignalingTopic topic, CancellationTokenSource broken)
    {
        try
        {
            await foreach (ReadOnlyMemory<byte> envelope in _outgoing.Reader.ReadAllAsync(broken.Token).ConfigureAwait(false))
                await topic.PublishAsync(envelope, broken.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (broken.IsCancellationRequested)
        {
            // The topic's stream has ended.
        }
        catch
        {
            await broken.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task PauseAsync(CancellationToken stop)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _pause = pause;
        try
        {
            await Task.Delay(meeting.NextPause(backoff), timeProvider, pause.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nudged, or stopped: the loop looks which.
        }
        finally
        {
            _pause = null;
        }
    }

    // A topic that was joined for this long was joined well: the next pause is short again.
    private static readonly TimeSpan s_stable = TimeSpan.FromSeconds(30);

    [LoggerMessage(EventId = 3010, EventName = "SignalingUnavailable", Level = LogLevel.Debug, Message = "A signaling service is unavailable ({Code}); trying again later")]
    private static partial void LogUnavailable(ILogger logger, BerOfChatErrorCode code);
}
