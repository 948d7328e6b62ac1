using BerOfChat.Primitives;
using BerOfChat.Sessions;
using BerOfChat.Signaling;

namespace BerOfChat.Client;

/// <summary>Who answers a first code: answers the link, and is the initiator of the handshake, so that it says who it is only to the account in the code.</summary>
internal sealed class ManualAnswerer : IAsyncDisposable
{
    private readonly Connector _connector;
    private readonly ManualConnection _connection;
    private readonly ManualOfferCode _offer;
    private readonly CancellationTokenSource _givenUp = new();
    private int _isDisposed;

    private ManualAnswerer(Connector connector, ManualConnection connection, ManualOfferCode offer, string code, Action<PendingJoin, PeerSession> enter)
    {
        _connector = connector;
        _connection = connection;
        _offer = offer;
        Code = code;
        Room = Task.Run(() => JoinAsync(enter));
        _ = Room.ContinueWith(static task => task.Exception, TaskScheduler.Default);
    }

    public string Code { get; }

    public DateTimeOffset ExpiresAt => _offer.ExpiresAt;

    public Bytes32 Issuer => _offer.AccountKey;

    /// <summary>Completes with the room when what is written there can be read.</summary>
    public Task<RoomHost> Room { get; }

    /// <param name="context">The client.</param>
    /// <param name="connector">Makes links and sessions.</param>
    /// <param name="text">The first code.</param>
    /// <param name="enter">Takes over the session, and joins by it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ManualAnswerer> CreateAsync(ClientContext context, Connector connector, string text, Action<PendingJoin, PeerSession> enter, CancellationToken cancellationToken)
    {
        ManualCodeError error = ManualOfferCode.TryParse(text, out ManualOfferCode? offer);
        if (error == ManualCodeError.None && offer!.AccountKey == context.Identity.AccountKey) error = ManualCodeError.IsOwn;
        if (error == ManualCodeError.None && context.TimeProvider.GetUtcNow() > offer!.ExpiresAt) error = ManualCodeError.Expired;
        if (error != ManualCodeError.None)
        {
            offer?.Dispose();
            throw error.ToException();
        }

        var connection = new ManualConnection(context, connector, PeerLinkRole.Answerer);
        try
        {
            connection.Deliver(offer!.Description, isOffer: true);
            ManualDescription description = await connection.DescribeAsync(cancellationToken).ConfigureAwait(false);
            return new ManualAnswerer(connector, connection, offer, ManualAnswerCode.Seal(offer, description, context.Random), enter);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            offer!.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _givenUp.CancelAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        await ((Task)Room).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _offer.Dispose();
        _givenUp.Dispose();
    }

    private async Task<RoomHost> JoinAsync(Action<PendingJoin, PeerSession> enter)
    {
        try
        {
            IPeerLink link = await _connection.TakeLinkAsync(Timeout.InfiniteTimeSpan, _givenUp.Token).ConfigureAwait(false);
            PeerSession session = await _connector.EstablishByHandAsync(link, _offer, isIssuer: false, _givenUp.Token).ConfigureAwait(false);
            var join = new PendingJoin([], _offer.Keys.InviteId);
            enter(join, session);
            await Task.WhenAny(session.Completion, join.Joined.Task).WaitAsync(_givenUp.Token).ConfigureAwait(false);
            if (!join.Joined.Task.IsCompleted) throw session.End!.ToException();
            return await join.Joined.Task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw RoomHost.Closed();
        }
    }
}
