using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace BerOfChat.Testing.Transport;

/// <summary>Connects devices of one process in memory: clients that share an instance reach each other without any socket. For tests of applications.</summary>
/// <remarks>Sessions, rooms and history above it are the real ones. Each lane of a link holds 64 records; then sending waits for the reader.</remarks>
public sealed class InMemoryPeerTransport : IPeerTransport
{
    private readonly ConcurrentDictionary<string, InMemoryPeerLink> _offered = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async ValueTask<IPeerLink> ConnectAsync(PeerLinkRole role, INegotiationChannel negotiation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(negotiation);
        cancellationToken.ThrowIfCancellationRequested();
        return role switch
        {
            PeerLinkRole.Offerer => await OfferAsync(negotiation, cancellationToken),
            PeerLinkRole.Answerer => await AnswerAsync(negotiation, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(role)),
        };
    }

    private async Task<IPeerLink> OfferAsync(INegotiationChannel negotiation, CancellationToken cancellationToken)
    {
        // The name travels sealed, and is new for each link: it is what the link can be bound to.
        string name = "memory/" + Convert.ToHexString(RandomNumberGenerator.GetBytes(NameSize));
        (InMemoryPeerLink ours, InMemoryPeerLink theirs) = InMemoryPeerLink.CreatePair(name);
        _offered[name] = theirs;
        try
        {
            await negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, name), cancellationToken);
            if (await ReadDescriptionAsync(negotiation, cancellationToken) != name) throw Failed("The answer does not belong to the offer.");
            return ours;
        }
        catch
        {
            await ours.DisposeAsync();
            throw;
        }
        finally
        {
            _offered.TryRemove(name, out _);
        }
    }

    private async Task<IPeerLink> AnswerAsync(INegotiationChannel negotiation, CancellationToken cancellationToken)
    {
        string name = await ReadDescriptionAsync(negotiation, cancellationToken);
        if (!_offered.TryRemove(name, out InMemoryPeerLink? link)) throw Failed("Nobody with this transport has made such an offer. Both clients must share one instance.");
        try
        {
            await negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, name), cancellationToken);
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> ReadDescriptionAsync(INegotiationChannel negotiation, CancellationToken cancellationToken)
    {
        await foreach (NegotiationMessage message in negotiation.ReadAllAsync(cancellationToken))
        {
            if (message.Kind == NegotiationMessageKind.Description) return message.Value;
        }

        throw Failed("The attempt ended before the peer's description came.");
    }

    private static BerOfChatException Failed(string message) => new(BerOfChatErrorCode.ConnectionFailed, message, isTransient: true);

    private const int NameSize = 16;
}
