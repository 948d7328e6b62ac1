namespace BerOfChat;

/// <summary>What a client is made of, while it is being registered with a container.</summary>
/// <remarks>
/// For plug-ins: an extension method of a type parameter that is constrained to this interface, in the namespace <c>Microsoft.Extensions.DependencyInjection</c>, fits into the chain of
/// calls after <c>services.AddBerOfChat(…)</c> and needs no reference but this package.
/// </remarks>
public interface IBerOfChatBuilder
{
    /// <summary>Names the client among several; empty for the one that has no name.</summary>
    string Name { get; }

    /// <summary>Says how signaling is made, once. What is made is disposed after the client, if it can be. Replaces what was said before.</summary>
    /// <param name="create">Makes it; no I/O yet.</param>
    void UseSignaling(Func<IServiceProvider, ISignalingTransport> create);

    /// <summary>Says how the store is made, anew for each time the client is opened. The client disposes it. Replaces what was said before.</summary>
    /// <param name="create">Makes it; no I/O yet.</param>
    void UseStore(Func<IServiceProvider, IMessageStore> create);

    /// <summary>Says how devices connect; made once. What is made is disposed after the client, if it can be. Replaces what was said before.</summary>
    /// <param name="create">Makes it; no I/O yet.</param>
    void UsePeerTransport(Func<IServiceProvider, IPeerTransport> create);
}
