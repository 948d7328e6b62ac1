using System.Diagnostics.CodeAnalysis;
using BerOfChat.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace BerOfChat;

/// <summary>Registers what a client is made of; comes from <c>services.AddBerOfChat(…)</c>. The last call of a kind counts.</summary>
/// <remarks>
/// What the container or these methods make is theirs: signaling and transport are disposed after the client, the store by it. What is handed over as an instance stays the caller's.
/// </remarks>
public sealed class BerOfChatBuilder : IBerOfChatBuilder
{
    internal BerOfChatBuilder(IServiceCollection services, string name)
    {
        Services = services;
        Name = name;
    }

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Names the client among several: the name of its options and the key of its services. Empty for the one that has no name.</summary>
    public string Name { get; }

    internal ClientParts Parts { get; } = new();

    /// <summary>Meets at a WebSocket service, such as that of <c>BerOfChat.Sdk.Signaling.Server</c>.</summary>
    /// <param name="address">A <c>wss://</c> address; <c>ws://</c> only for loopback and private addresses, unless the options allow it.</param>
    /// <param name="options">How to connect; null for the defaults.</param>
    /// <exception cref="ArgumentException">The address is none of these.</exception>
    public BerOfChatBuilder UseWebSocketSignaling(Uri address, WebSocketSignalingOptions? options = null)
    {
        // Made once to say here, where the mistake is, what is wrong with the address.
        _ = new WebSocketSignaling(address, options);
        return UseSignaling(_ => new WebSocketSignaling(address, options));
    }

    /// <summary>Meets through a transport that stays the caller's, such as <see cref="InProcessSignaling.Shared"/>.</summary>
    /// <param name="signaling">The transport.</param>
    public BerOfChatBuilder UseSignaling(ISignalingTransport signaling)
    {
        ArgumentNullException.ThrowIfNull(signaling);
        Parts.Signaling = new Part<ISignalingTransport>(_ => signaling, IsOwned: false);
        return this;
    }

    /// <summary>Meets through a transport that is made once.</summary>
    /// <param name="create">Makes it; no I/O yet.</param>
    public BerOfChatBuilder UseSignaling(Func<IServiceProvider, ISignalingTransport> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Parts.Signaling = new Part<ISignalingTransport>(create, IsOwned: true);
        return this;
    }

    /// <summary>Meets through a transport that is made once; its constructor's parameters come from the container.</summary>
    /// <typeparam name="T">The transport.</typeparam>
    public BerOfChatBuilder UseSignaling<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>() where T : class, ISignalingTransport =>
        UseSignaling(services => ActivatorUtilities.CreateInstance<T>(services));

    /// <summary>Keeps history in a store that is made anew for each time the client is opened.</summary>
    /// <param name="create">Makes it; no I/O yet. The client disposes it.</param>
    public BerOfChatBuilder UseStore(Func<IServiceProvider, IMessageStore> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Parts.Store = create;
        return this;
    }

    /// <summary>Keeps history in a store that is made anew for each time the client is opened; its constructor's parameters come from the container.</summary>
    /// <typeparam name="T">The store.</typeparam>
    public BerOfChatBuilder UseStore<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>() where T : class, IMessageStore =>
        UseStore(services => ActivatorUtilities.CreateInstance<T>(services));

    /// <summary>Connects by a transport that is made once.</summary>
    /// <param name="create">Makes it; no I/O yet.</param>
    public BerOfChatBuilder UsePeerTransport(Func<IServiceProvider, IPeerTransport> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Parts.Transport = new Part<IPeerTransport>(create, IsOwned: true);
        return this;
    }

    /// <summary>Connects by a transport that is made once; its constructor's parameters come from the container.</summary>
    /// <typeparam name="T">The transport.</typeparam>
    public BerOfChatBuilder UsePeerTransport<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>() where T : class, IPeerTransport =>
        UsePeerTransport(services => ActivatorUtilities.CreateInstance<T>(services));

    /// <summary>Opens the profile with what is known already.</summary>
    /// <param name="unlock">What opens the profile.</param>
    public BerOfChatBuilder UnlockWith(Unlock unlock)
    {
        ArgumentNullException.ThrowIfNull(unlock);
        return UnlockWith((_, _) => ValueTask.FromResult(unlock));
    }

    /// <summary>Opens the profile with what is asked for when the client is opened, for example from a vault or a person.</summary>
    /// <param name="ask">Gets the services and a token that gives up opening.</param>
    public BerOfChatBuilder UnlockWith(Func<IServiceProvider, CancellationToken, ValueTask<Unlock>> ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        Parts.Unlock = ask;
        return this;
    }

    void IBerOfChatBuilder.UseSignaling(Func<IServiceProvider, ISignalingTransport> create) => UseSignaling(create);

    void IBerOfChatBuilder.UseStore(Func<IServiceProvider, IMessageStore> create) => UseStore(create);

    void IBerOfChatBuilder.UsePeerTransport(Func<IServiceProvider, IPeerTransport> create) => UsePeerTransport(create);
}
