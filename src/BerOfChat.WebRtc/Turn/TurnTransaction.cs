using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>A request that waits for its answer.</summary>
/// <param name="request">What is asked.</param>
/// <param name="id">Its random number.</param>
/// <param name="nonce">The nonce that it carries; null when it says nothing of who asks.</param>
/// <param name="packet">The whole message: it is repeated as it is.</param>
/// <param name="retries">How many nonces were tried before this one.</param>
internal sealed class TurnTransaction(TurnRequest request, StunTransactionId id, byte[]? nonce, byte[] packet, int retries)
{
    public TurnRequest Request { get; } = request;

    public StunTransactionId Id { get; } = id;

    public byte[]? Nonce { get; } = nonce;

    public byte[] Packet { get; } = packet;

    public int Retries { get; } = retries;

    public bool IsAuthenticated => Nonce is not null;

    public MonotonicTime StartedAt { get; init; }

    public int Transmissions { get; set; }

    public TimeSpan Patience { get; set; }

    /// <summary>When it is repeated or given up.</summary>
    public MonotonicTime Due { get; set; }

    /// <summary>Whether there was an answer that did not prove to come from who knows the password.</summary>
    public bool HadUnprovenAnswer { get; set; }

    /// <summary>The error code of that answer; 0 when it was none.</summary>
    public int UnprovenCode { get; set; }
}
