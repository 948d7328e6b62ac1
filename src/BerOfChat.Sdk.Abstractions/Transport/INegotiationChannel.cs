namespace BerOfChat;

/// <summary>Carries the descriptions and candidates of one connection attempt between two devices, sealed by the SDK.</summary>
/// <remarks>Each message arrives once; a candidate never arrives before the description it belongs to.</remarks>
public interface INegotiationChannel
{
    /// <summary>Hands over a message for the peer. Returns at once: the SDK repeats it until the link is open.</summary>
    ValueTask SendAsync(NegotiationMessage message, CancellationToken cancellationToken = default);

    /// <summary>The peer's messages, for one reader. Ends when the attempt is over.</summary>
    IAsyncEnumerable<NegotiationMessage> ReadAllAsync(CancellationToken cancellationToken = default);
}
