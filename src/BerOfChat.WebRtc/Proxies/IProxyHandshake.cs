namespace BerOfChat.WebRtc.Proxies;

/// <summary>What is said to a proxy before it carries a connection. Write until there is nothing, then give it what came, and so on until it is established or has failed.</summary>
internal interface IProxyHandshake
{
    /// <summary>Whether what follows belongs to the connection that is carried.</summary>
    bool IsEstablished { get; }

    /// <summary>Why it cannot be; null as long as it can.</summary>
    ProxyFailure? Failure { get; }

    /// <summary>Writes what is to be sent next; 0 when an answer is awaited. <see cref="ProxyHandshake.MaxRequestSize"/> bytes are enough.</summary>
    int Write(Span<byte> destination);

    /// <summary>Takes what came, in pieces of any size.</summary>
    /// <returns>How many bytes belong to the handshake; all of them until it is established.</returns>
    int Handle(ReadOnlySpan<byte> bytes);
}
