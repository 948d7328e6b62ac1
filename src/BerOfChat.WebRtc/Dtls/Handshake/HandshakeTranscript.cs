using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>All messages of both sides so far, each with its header as if in one piece (RFC 6347 section 4.2.6). Kept, because which hash is wanted is known only later.</summary>
internal sealed class HandshakeTranscript
{
    private readonly TlsWriter _messages = new();

    public ReadOnlySpan<byte> Messages => _messages.Written;

    public void Add(ReadOnlySpan<byte> message) => _messages.WriteBytes(message);

    public void Clear() => _messages.Clear();

    /// <summary>Writes the hash; returns its length.</summary>
    public int Hash(HashAlgorithmName algorithm, Span<byte> destination) => CryptographicOperations.HashData(algorithm, Messages, destination);
}
