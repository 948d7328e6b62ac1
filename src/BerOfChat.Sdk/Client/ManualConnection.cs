using BerOfChat.Signaling;

namespace BerOfChat.Client;

/// <summary>A link that comes about by two codes: open from the moment this side's code is made until both sides have the other's, or the code is too old.</summary>
internal sealed class ManualConnection : IAsyncDisposable
{
    private readonly ClientContext _context;
    private readonly ManualNegotiation _negotiation = new();
    private readonly CancellationTokenSource _tooOld;
    private readonly CancellationTokenSource _ended;
    private readonly Task<IPeerLink> _link;
    private int _isTaken;

    public ManualConnection(ClientContext context, Connector connector, PeerLinkRole role)
    {
        _context = context;
        _tooOld = new CancellationTokenSource(Lifetime + ConnectTimeout, context.TimeProvider);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(_tooOld.Token, context.Closing.Token);
        _link = Task.Run(() => connector.ConnectByHandAsync(role, _negotiation, Lifetime + ConnectTimeout, _ended.Token));
        _ = _link.ContinueWith(static task => task.Exception, TaskScheduler.Default);
    }

    /// <summary>How long a code is good: long enough to be sent by another messenger.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromMinutes(10);

    /// <summary>How long connecting takes at most once both sides have both codes.</summary>
    public static TimeSpan ConnectTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>What must stand in this side's code. Waits for all of its addresses, but not for long.</summary>
    public async Task<ManualDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        await UnlessFailedAsync(_negotiation.Described, cancellationToken).ConfigureAwait(false);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task first = await Task.WhenAny(_negotiation.Complete, Task.Delay(s_gatheringTimeout, _context.TimeProvider, enough.Token)).ConfigureAwait(false);
        if (first != _negotiation.Complete) cancellationToken.ThrowIfCancellationRequested();
        await enough.CancelAsync().ConfigureAwait(false);
        return _negotiation.Describe() ?? throw new InvalidOperationException("The transport's description does not fit in a code.");
    }

    /// <summary>What the other side's code says.</summary>
    public void Deliver(ManualDescription description, bool isOffer) => _negotiation.Deliver(description, isOffer);

    /// <summary>Waits for the link, which is then the caller's.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.ConnectionFailed"/>, <see cref="BerOfChatErrorCode.ConnectionTimeout"/> or <see cref="BerOfChatErrorCode.Closed"/>.</exception>
    public async Task<IPeerLink> TakeLinkAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            IPeerLink link = await _link.WaitAsync(timeout, _context.TimeProvider, cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _isTaken, 1);
            return link;
        }
        catch (TimeoutException)
        {
            throw TooLate();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw _tooOld.IsCancellationRequested ? TooLate() : RoomHost.Closed();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await ((Task)_link).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_link.IsCompletedSuccessfully && Interlocked.Exchange(ref _isTaken, 1) == 0) await (await _link.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        _ended.Dispose();
        _tooOld.Dispose();
    }

    private async Task UnlessFailedAsync(Task step, CancellationToken cancellationToken)
    {
        await Task.WhenAny(step, _link).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!step.IsCompleted) await _link.ConfigureAwait(false);
    }

    private static BerOfChatException TooLate() => new(
        BerOfChatErrorCode.ConnectionTimeout, "The two devices did not reach each other. Both must be in one network, or one must have a public address; then make new codes and exchange both.");

    private static readonly TimeSpan s_gatheringTimeout = TimeSpan.FromSeconds(3);
}
