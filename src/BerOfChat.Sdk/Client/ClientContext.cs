using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Rooms;
using BerOfChat.Storage;
using Microsoft.Extensions.Logging;

namespace BerOfChat.Client;

/// <summary>What the parts of a client share.</summary>
/// <remarks>The gate guards every replica and the tables of sessions and rooms: what runs under it is short, synchronous and calls no code of the application.</remarks>
internal sealed class ClientContext(LocalIdentity identity, ProfileStore profile, BerOfChatOptions options, ILogger logger) : IDisposable
{
    private readonly MonotonicClock _clock = new(options.TimeProvider);

    public Lock Gate { get; } = new();

    public LocalIdentity Identity => identity;

    public ProfileStore Profile => profile;

    public BerOfChatOptions Options => options;

    public TimeProvider TimeProvider => options.TimeProvider;

    public IRandomSource Random { get; } = CryptographicRandomSource.Instance;

    public ILogger Logger => logger;

    public EventDispatcher Events { get; } = new();

    /// <summary>Cancelled when the client closes.</summary>
    public CancellationTokenSource Closing { get; } = new();

    public MonotonicTime Now => _clock.Now;

    public ReplicaTime Time => new(_clock.Now, (ulong)Math.Max(0, options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds()));

    public void Dispose()
    {
        Closing.Dispose();
        identity.Dispose();
    }
}
