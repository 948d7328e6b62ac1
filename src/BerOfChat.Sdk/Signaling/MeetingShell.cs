using System.Runtime.CompilerServices;
using System.Threading.Channels;
using BerOfChat.Identity;
using BerOfChat.Primitives;
using Microsoft.Extensions.Logging;

namespace BerOfChat.Signaling;

/// <summary>Gives a meeting's core its topics, its timer and its lock, and its owner the attempts.</summary>
/// <remarks>
/// Nothing runs before <see cref="ReadAttemptsAsync"/> is enumerated. Every input takes the lock, changes the core once and drains it; what runs other
/// people's code happens after the lock is left.
/// </remarks>
internal sealed partial class MeetingShell : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly IMeetingCore _core;
    private readonly IReadOnlyList<ISignalingTransport> _transports;
    private readonly Func<MeetingShell, NegotiationAttempt, ConnectionAttempt> _createAttempt;
    private readonly IRandomSource _random;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly MonotonicClock _clock;
    private readonly ITimer _timer;
    private readonly Dictionary<SignalingPlace, PlaceLink> _links = [];
    private readonly Dictionary<NegotiationAttempt, ConnectionAttempt> _attempts = [];
    private readonly Channel<ConnectionAttempt> _started =
        Channel.CreateBounded<ConnectionAttempt>(new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly List<Task> _stopping = [];
    private bool _isRunning;
    private bool _isDisposed;

    public MeetingShell(
        IMeetingCore core,
        IReadOnlyList<ISignalingTransport> transports,
        Func<MeetingShell, NegotiationAttempt, ConnectionAttempt> createAttempt,
        IRandomSource random,
        TimeProvider timeProvider,
        ILogger logger)
    {
        _core = core;
        _transports = transports;
        _createAttempt = createAttempt;
        _random = random;
        _timeProvider = timeProvider;
        _logger = logger;
        _clock = new MonotonicClock(timeProvider);
        _timer = timeProvider.CreateTimer(static shell => ((MeetingShell)shell!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised when the peer looks for us although we have a session.</summary>
    public event Action? PeerReady;

    /// <summary>Raised for each knock at a door.</summary>
    public event Action<DeviceCertificate>? Knocked;

    /// <summary>A meeting at which nobody connects.</summary>
    public static MeetingShell WithoutAttempts(IMeetingCore core, IReadOnlyList<ISignalingTransport> transports, IRandomSource random, TimeProvider timeProvider, ILogger logger) =>
        new(core, transports, static (_, _) => throw new System.Diagnostics.UnreachableException(), random, timeProvider, logger);

    /// <summary>Joins the topics until cancelled or disposed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (ConnectionAttempt _ in ReadAttemptsAsync(cancellationToken).ConfigureAwait(false))
        {
            // A meeting of this kind has none.
        }
    }

    /// <summary>Joins the topics and yields attempts until cancelled or disposed. For one reader, once.</summary>
    public async IAsyncEnumerable<ConnectionAttempt> ReadAttemptsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Start();
        try
        {
            await foreach (ConnectionAttempt attempt in _started.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!attempt.IsOver) yield return attempt;
            }
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    public void Negotiate(NegotiationAttempt attempt, NegotiationMessage message) => Run((core, now) => core.Negotiate(attempt, message, now));

    public void MarkOpen(NegotiationAttempt attempt) => Run((core, now) => core.MarkOpen(attempt, now));

    public void Finish(NegotiationAttempt attempt) => Run((core, now) => core.Finish(attempt, now));

    /// <summary>Tries at once what waits for a later time: topics that could not be joined, and the next attempt.</summary>
    public void Nudge()
    {
        Run(static (core, now) => core.Nudge(now));
        RetryLinks();
    }

    /// <summary>Joins the topics at once that could not be joined. Says nothing at the others.</summary>
    public void RetryLinks()
    {
        PlaceLink[] links;
        lock (_lock) links = [.. _links.Values];
        foreach (PlaceLink link in links) link.RetryNow();
    }

    /// <summary>Gives the core one input and drains it. Does nothing after disposal.</summary>
    public void Run(Action<IMeetingCore, MonotonicTime> input)
    {
        var afterwards = new Afterwards();
        lock (_lock)
        {
            if (_isDisposed) return;
            MonotonicTime now = _clock.Now;
            input(_core, now);
            Drain(now, ref afterwards);
        }

        Complete(afterwards);
    }

    /// <summary>The random source has one user at a time: whoever holds the lock.</summary>
    public TimeSpan NextPause(Backoff backoff)
    {
        lock (_lock) return backoff.Next();
    }

    public async ValueTask DisposeAsync()
    {
        Task[] tasks;
        ConnectionAttempt[] attempts;
        lock (_lock)
        {
            bool isFirst = !_isDisposed;
            _isDisposed = true;
            foreach (PlaceLink link in _links.Values) _stopping.Add(StopAsync(link));
            _links.Clear();
            tasks = [.. _stopping];
            attempts = [.. _attempts.Values];
            _attempts.Clear();
            if (isFirst) _core.Dispose();
        }

        foreach (ConnectionAttempt attempt in attempts) attempt.OnEnded();
        _started.Writer.TryComplete();
        await _timer.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_isRunning) throw new InvalidOperationException("The attempts of a meeting have one reader.");
            _isRunning = true;
        }

        OnTimer();
        lock (_lock) UpdateLinks();
    }

    private void OnTimer()
    {
        long unixSeconds = _timeProvider.GetUtcNow().ToUnixTimeSeconds();
        Run((core, now) => core.HandleTimeout(now, unixSeconds));
    }

    private void Drain(MonotonicTime now, ref Afterwards afterwards)
    {
        while (_core.TryWriteEnvelope(now, out SignalingPlace place, out ReadOnlyMemory<byte> envelope))
        {
            if (_links.TryGetValue(place, out PlaceLink? link)) link.Post(envelope);
        }

        while (_core.TryReadEvent(out MeetingEvent? meetingEvent)) OnEvent(meetingEvent!, ref afterwards);
        foreach (ConnectionAttempt attempt in _attempts.Values) attempt.Pump();
        if (_isRunning) Rearm(now);
    }

    private void OnEvent(MeetingEvent meetingEvent, ref Afterwards afterwards)
    {
        switch (meetingEvent)
        {
            case MeetingEvent.AttemptStarted started:
                ConnectionAttempt attempt = _createAttempt(this, started.Attempt);
                _attempts.Add(started.Attempt, attempt);
                _started.Writer.TryWrite(attempt);
                break;
            case MeetingEvent.AttemptEnded ended when _attempts.Remove(ended.Attempt, out ConnectionAttempt? over):
                LogAttemptEnded(_logger, ended.Attempt.End);
                (afterwards.Ended ??= []).Add(over);
                break;
            case MeetingEvent.PeerReady:
                afterwards.IsPeerReady = true;
                break;
            case MeetingEvent.Knocked knocked:
                (afterwards.Knocks ??= []).Add(knocked.Certificate);
                break;
            case MeetingEvent.TopicsChanged when _isRunning:
                UpdateLinks();
                break;
        }
    }

    private void Complete(Afterwards afterwards)
    {
        foreach (ConnectionAttempt attempt in afterwards.Ended ?? []) attempt.OnEnded();
        if (afterwards.IsPeerReady) PeerReady?.Invoke();
        foreach (DeviceCertificate certificate in afterwards.Knocks ?? []) Knocked?.Invoke(certificate);
    }

    /// <summary>Joins the topics that are new and leaves those that are gone. Called under the lock.</summary>
    private void UpdateLinks()
    {
        if (_isDisposed) return;
        _stopping.RemoveAll(static task => task.IsCompleted);
        foreach ((SignalingPlace place, PlaceLink link) in _links)
        {
            if (_core.Topics.Contains(place.Topic)) continue;
            _links.Remove(place);       // allowed while enumerating
            _stopping.Add(StopAsync(link));
        }

        for (int transport = 0; transport < _transports.Count; transport++)
        {
            foreach (SignalingTopicId topic in _core.Topics)
            {
                var place = new SignalingPlace(transport, topic);
                if (_links.ContainsKey(place)) continue;
                var link = new PlaceLink(this, place, _transports[transport], new Backoff(s_firstRejoin, s_lastRejoin, _random), _timeProvider, _logger);
                _links.Add(place, link);
                link.Start();
            }
        }
    }

    /// <summary>Stopping runs the transport's code, which must not happen under the lock.</summary>
    private static Task StopAsync(PlaceLink link) => Task.Run(() => link.DisposeAsync().AsTask());

    private void Rearm(MonotonicTime now)
    {
        if (_core.NextTimeout is not { } next)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Timers count in milliseconds and may fire early: round up, so that a step is never taken for nothing.
        double milliseconds = next > now ? Math.Ceiling((next - now).TotalMilliseconds) : 0;
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }

    /// <summary>What a step leaves to be done outside of the lock.</summary>
    private struct Afterwards
    {
        public List<ConnectionAttempt>? Ended;
        public List<DeviceCertificate>? Knocks;
        public bool IsPeerReady;
    }

    // Attempts that nobody comes for end by themselves; a core runs at most eight at a time.
    private const int MaxUnread = 32;

    private static readonly TimeSpan s_firstRejoin = TimeSpan.FromMilliseconds(500);

    // A service that runs inside of somebody's program comes and goes with it, and whoever comes back should be met soon.
    private static readonly TimeSpan s_lastRejoin = TimeSpan.FromSeconds(5);

    [LoggerMessage(EventId = 3001, EventName = "AttemptEnded", Level = LogLevel.Debug, Message = "A connection attempt is over: {Reason}")]
    private static partial void LogAttemptEnded(ILogger logger, AttemptEnd reason);
}
