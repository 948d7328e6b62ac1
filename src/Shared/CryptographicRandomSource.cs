using System.Security.Cryptography;

namespace BerOfChat.Primitives;

/// <summary>The operating system's CSPRNG.</summary>
internal sealed class CryptographicRandomSource : IRandomSource
{
    public static CryptographicRandomSource Instance { get; } = new();

    private CryptographicRandomSource()
    {
    }

    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
