using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The pseudorandom function of TLS 1.2 (RFC 5246 section 5).</summary>
internal static class TlsPrf
{
    private const int MaxHashSize = 64;
    private const int MaxSeedSize = 256;

    /// <summary>Fills <paramref name="destination"/> from the secret, a label and a seed of two parts.</summary>
    public static void Expand(HashAlgorithmName hash, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, ReadOnlySpan<byte> seed1, ReadOnlySpan<byte> seed2, Span<byte> destination)
    {
        // A(i), label, seed: what HMAC is taken of. A(0) is label and seed alone.
        Span<byte> input = stackalloc byte[MaxHashSize + MaxSeedSize];
        Span<byte> output = stackalloc byte[MaxHashSize];
        int seedLength = label.Length + seed1.Length + seed2.Length;
        Span<byte> seed = input.Slice(MaxHashSize, seedLength);
        label.CopyTo(seed);
        seed1.CopyTo(seed[label.Length..]);
        seed2.CopyTo(seed[(label.Length + seed1.Length)..]);

        int size = CryptographicOperations.HmacData(hash, secret, seed, output);
        Span<byte> chain = input.Slice(MaxHashSize - size, size);
        output[..size].CopyTo(chain);
        while (true)
        {
            CryptographicOperations.HmacData(hash, secret, input.Slice(MaxHashSize - size, size + seedLength), output);
            int length = Math.Min(size, destination.Length);
            output[..length].CopyTo(destination);
            destination = destination[length..];
            if (destination.IsEmpty) break;
            CryptographicOperations.HmacData(hash, secret, chain, output);
            output[..size].CopyTo(chain);
        }

        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(output);
    }
}
