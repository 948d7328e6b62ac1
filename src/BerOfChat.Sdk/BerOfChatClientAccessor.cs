using System.Diagnostics.CodeAnalysis;
using BerOfChat.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace BerOfChat;

/// <summary>The client that <c>services.AddBerOfChat(…)</c> registered, whether or not it is open yet.</summary>
/// <remarks>
/// With a host the client is opened while the host starts and closed while it stops; what is made after that may take <see cref="BerOfChatClient"/> from the container. What is made
/// before, such as a hosted service, takes this accessor and awaits <see cref="GetClientAsync"/>. Without a host the first call of that opens the client. All members may be called from any thread.
/// </remarks>
public sealed class BerOfChatClientAccessor : IAsyncDisposable
{
    private readonly IServiceProvider _services;
    private readonly ClientParts _parts;
    private readonly string _name;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private ISignalingTransport? _signaling;
    private IPeerTransport? _transport;
    private Task<BerOfChatClient>? _opening;
    private Task? _closed;

    internal BerOfChatClientAccessor(IServiceProvider services, ClientParts parts, string name)
    {
        _services = services;
        _parts = parts;
        _name = name;
    }

    internal ClientCondition Condition { get; } = new();

    /// <summary>Whether it was closed for good.</summary>
    internal bool IsClosed => _closing.IsCancellationRequested;

    /// <summary>Why it could not be opened the last time; null when it could, or nobody tried.</summary>
    internal Exception? OpeningError
    {
        get
        {
            lock (_lock) return _opening is { IsFaulted: true } failed ? failed.Exception.InnerException : null;
        }
    }

    /// <summary>The open client; opens it when nobody has, and tries again when that failed before.</summary>
    /// <param name="cancellationToken">Ends the wait, not the opening.</param>
    /// <exception cref="BerOfChatException">Why it does not open, as of <see cref="BerOfChatClient.OpenAsync"/>; <see cref="BerOfChatErrorCode.Closed"/> once it was closed.</exception>
    /// <exception cref="OptionsValidationException">The options are not valid.</exception>
    public Task<BerOfChatClient> GetClientAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (IsClosed) return Task.FromException<BerOfChatClient>(new BerOfChatException(BerOfChatErrorCode.Closed, "The client was closed when the application stopped."));
            if (_opening is null or { IsFaulted: true } or { IsCanceled: true }) _opening = Task.Run(OpenAsync);
            return _opening.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The client if it is open now.</summary>
    /// <param name="client">The client, or null.</param>
    /// <returns>False before it is open, and after it was closed.</returns>
    public bool TryGetClient([NotNullWhen(true)] out BerOfChatClient? client)
    {
        lock (_lock) client = !IsClosed && _opening is { IsCompletedSuccessfully: true } opened ? opened.Result : null;
        return client is not null;
    }

    /// <summary>Closes the client for good, then disposes what was made for it. The container calls it.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock) return new ValueTask(_closed ??= CloseAsync());
    }

    private async Task<BerOfChatClient> OpenAsync()
    {
        BerOfChatOptions options = _services.GetRequiredService<IOptionsMonitor<BerOfChatOptions>>().Get(_name).Clone();
        options.LoggerFactory ??= _services.GetService<ILoggerFactory>();
        if (options.TimeProvider == TimeProvider.System) options.TimeProvider = _services.GetService<TimeProvider>() ?? TimeProvider.System;
        if (_parts.Unlock is { } ask) options.Unlock = await ask(_services, _closing.Token).ConfigureAwait(false);
        options.Transport = _transport ??= _parts.Transport?.Create(_services) ?? options.Transport;
        if ((_signaling ??= _parts.Signaling?.Create(_services) ?? options.Signaling) is { } signaling)
        {
            if (signaling is WebSocketSignaling service && options.SignalingAddresses.Count == 0) options.SignalingAddresses.Add(service.Address);
            options.Signaling = new ObservedSignaling(signaling, Condition);
        }

        // A store in memory cannot fail, and the client recognises it.
        IMessageStore? store = _parts.Store?.Invoke(_services) ?? options.Store;
        options.Store = store is null or InMemoryMessageStore ? store : new ObservedStore(store, Condition);
        return await BerOfChatClient.OpenAsync(options, _closing.Token).ConfigureAwait(false);
    }

    private async Task CloseAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_opening is { } opening)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (opening.IsCompletedSuccessfully) await opening.Result.DisposeAsync().ConfigureAwait(false);
        }

        if (_parts.Transport is { IsOwned: true }) await DisposeAsync(_transport).ConfigureAwait(false);
        if (_parts.Signaling is { IsOwned: true }) await DisposeAsync(_signaling).ConfigureAwait(false);
    }

    private static async ValueTask DisposeAsync(object? part)
    {
        if (part is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync().ConfigureAwait(false);
        else (part as IDisposable)?.Dispose();
    }
}
