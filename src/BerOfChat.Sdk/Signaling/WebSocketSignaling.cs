using BerOfChat.Signaling;

namespace BerOfChat;

/// <summary>Signaling through a WebSocket service, such as the one in <c>BerOfChat.Sdk.Signaling.Server</c>. One connection carries all topics.</summary>
/// <remarks>
/// Connects when the first topic is joined. When the connection is lost, the streams of all topics end; joining again connects again. The constructor does no I/O.
/// </remarks>
public sealed class WebSocketSignaling : ISignalingTransport, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly WebSocketSignalingOptions _options;
    private WebSocketConnection? _connection;
    private bool _isDisposed;

    /// <summary>Names the service.</summary>
    /// <param name="address">A <c>wss://</c> address; <c>ws://</c> only for loopback and private addresses, unless <see cref="WebSocketSignalingOptions.AllowInsecure"/> is set.</param>
    /// <param name="options">How to connect.</param>
    /// <exception cref="ArgumentException">The address is none of these.</exception>
    public WebSocketSignaling(Uri address, WebSocketSignalingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        _options = options ?? new WebSocketSignalingOptions();
        _options.Validate();
        if (!SignalingAddress.IsWebSocket(address)) throw new ArgumentException("A signaling address begins with wss:// or ws://.", nameof(address));
        if (!_options.AllowInsecure && !SignalingAddress.IsSecureOrPrivate(address))
            throw new ArgumentException("Beyond this machine and private networks, a signaling address begins with wss://. AllowInsecure lifts this.", nameof(address));
        Address = address;
    }

    /// <summary>The address of the service.</summary>
    public Uri Address { get; }

    /// <inheritdoc/>
    public async ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        WebSocketConnection connection;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_connection is not { IsUsable: true }) _connection = new WebSocketConnection(Address, _options, _connection?.PauseAfterFailure() ?? TimeSpan.Zero);
            connection = _connection;
        }

        // Everyone who joins waits for the same connecting, which is not cancelled when one of them is.
        await connection.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
        return connection.Join(topic);
    }

    /// <summary>Leaves all topics and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        WebSocketConnection? connection;
        lock (_lock)
        {
            _isDisposed = true;
            connection = _connection;
        }

        if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
    }
}
