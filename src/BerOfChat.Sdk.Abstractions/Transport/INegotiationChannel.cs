namespace BerOfChat;

/// <summary>Carries the descriptions and candidates of one connection attempt between two devices, sealed by the SDK.</summary>
/// <remarks>
/// What a transport may rely on: the peer's description comes first and once; each candidate comes at most once, in any order among candidates. What it may not
/// rely on: that anything comes soon, or that the peer's text can be read. A description and its candidates have at most 15 KiB of UTF-8 together, and the
/// candidates are at most 64; those beyond are left out. Once the link is open on either side nothing more may come.
/// </remarks>
public interface INegotiationChannel
{
    /// <summary>Hands over a message for the peer. Returns at once: the SDK repeats it until the link is open.</summary>
    ValueTask SendAsync(NegotiationMessage message, CancellationToken cancellationToken = default);

    /// <summary>The peer's messages, for one reader. Ends when the attempt is over.</summary>
    IAsyncEnumerable<NegotiationMessage> ReadAllAsync(CancellationToken cancellationToken = default);
}
