using NSec.Cryptography;

namespace BerOfChat.Cryptography;

/// <summary>Argon2id (RFC 9106) with one lane: turns a password into a key, at a cost.</summary>
internal static class Argon2id
{
    /// <param name="password">The password's bytes; may be empty.</param>
    /// <param name="salt">16 bytes.</param>
    /// <param name="memoryKiB">Memory in KiB.</param>
    /// <param name="passes">Passes over it.</param>
    /// <param name="key">Receives the key.</param>
    public static void DeriveKey(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, uint memoryKiB, uint passes, Span<byte> key)
    {
        var parameters = new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = memoryKiB, NumberOfPasses = passes };
        PasswordBasedKeyDerivationAlgorithm.Argon2id(parameters).DeriveBytes(password, salt, key);
    }
}
