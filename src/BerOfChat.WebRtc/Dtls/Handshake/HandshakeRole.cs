namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>What one side says to the other's messages, which come complete and in order.</summary>
internal abstract class HandshakeRole(HandshakeContext context) : IDisposable
{
    protected HandshakeContext Context => context;

    /// <summary>Begins the first flight, if this side speaks first.</summary>
    public abstract void Start();

    /// <summary>Handles a message with its header. A flight that it answers begins a new one in the context.</summary>
    /// <returns>The alert with which the handshake fails; null when it goes on.</returns>
    public abstract DtlsAlert? Handle(HandshakeType type, ReadOnlySpan<byte> message);

    public abstract void Dispose();
}
