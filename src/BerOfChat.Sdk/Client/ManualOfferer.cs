using BerOfChat.Cryptography;
using BerOfChat.Formats;
using BerOfChat.Primitives;
using BerOfChat.Sessions;
using BerOfChat.Signaling;

namespace BerOfChat.Client;

/// <summary>The issuer of a first code: offers the link, and is the responder of the handshake, because it does not know who will answer.</summary>
internal sealed class ManualOfferer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ClientContext _context;
    private readonly Connector _connector;
    private readonly ManualConnection _connection;
    private readonly X25519PrivateKey _privateKey;
    private readonly ManualOfferCode _offer;
    private readonly Action<UInt128, PeerSession> _admit;
    private string? _usedAnswer;
    private int _isDisposed;

    private ManualOfferer(ClientContext context, Connector connector, ManualConnection connection, X25519PrivateKey privateKey, ManualOfferCode offer, Action<UInt128, PeerSession> admit)
    {
        _context = context;
        _connector = connector;
        _connection = connection;
        _privateKey = privateKey;
        _offer = offer;
        _admit = admit;
        Code = offer.Text;
        ExpiresAt = offer.ExpiresAt;
    }

    public string Code { get; }

    public DateTimeOffset ExpiresAt { get; }

    /// <param name="context">The client.</param>
    /// <param name="connector">Makes links and sessions.</param>
    /// <param name="admit">Takes over a session of whoever answered, and lets it in.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ManualOfferer> CreateAsync(ClientContext context, Connector connector, Action<UInt128, PeerSession> admit, CancellationToken cancellationToken)
    {
        var connection = new ManualConnection(context, connector, PeerLinkRole.Offerer);
        X25519PrivateKey? privateKey = null;
        try
        {
            ManualDescription description = await connection.DescribeAsync(cancellationToken).ConfigureAwait(false);
            privateKey = X25519PrivateKey.Generate(context.Random);
            DateTimeOffset expiry = context.TimeProvider.GetUtcNow() + ManualConnection.Lifetime;
            ManualOfferCode offer = ManualOfferCode.Create(context.Identity.AccountKey, Bytes32.Read(privateKey.PublicKey.Span), expiry, description, context.Random);
            return new ManualOfferer(context, connector, connection, privateKey, offer, admit);
        }
        catch
        {
            privateKey?.Dispose();
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<PeerIdentity> ConnectAsync(string answer, CancellationToken cancellationToken)
    {
        string compact = Base64UrlText.RemoveWhiteSpace(answer);
        ManualDescription description = Use(compact);
        _connection.Deliver(description, isOffer: false);
        IPeerLink link = await _connection.TakeLinkAsync(ManualConnection.ConnectTimeout, cancellationToken).ConfigureAwait(false);
        PeerSession session = await _connector.EstablishByHandAsync(link, _offer, isIssuer: true, cancellationToken).ConfigureAwait(false);
        PeerIdentity peer = session.Peer;
        _admit(_offer.Keys.InviteId, session);
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _connection.DisposeAsync().ConfigureAwait(false);
        lock (_lock)
        {
            _privateKey.Dispose();
            _offer.Dispose();
        }
    }

    /// <summary>Judges an answer and marks the code as used by it. What is not the right answer leaves the code as it is.</summary>
    private ManualDescription Use(string answer)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, typeof(ManualOffer));
            ManualDescription? description = null;
            ManualCodeError error = answer == Code ? ManualCodeError.IsOwn : ManualAnswerCode.TryOpen(answer, _offer, _privateKey, out description);
            if (error == ManualCodeError.None && _usedAnswer is not null) error = answer == _usedAnswer ? ManualCodeError.Used : ManualCodeError.OfferUsed;
            if (error == ManualCodeError.None && _context.TimeProvider.GetUtcNow() > ExpiresAt) error = ManualCodeError.Expired;
            if (error != ManualCodeError.None) throw error.ToException();
            _usedAnswer = answer;
            return description!;
        }
    }
}
