using BerOfChat.Cryptography;
using BerOfChat.Identity;
using BerOfChat.Simulation;

namespace BerOfChat.Fuzz;

/// <summary>The same people in every run.</summary>
internal static class FuzzIdentity
{
    public static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static LocalIdentity Alice { get; } = LocalIdentity.Create(new SeededRandomSource(1), Now);

    /// <summary>Alice's account key, which signs what <see cref="Alice"/> shows of herself.</summary>
    public static Ed25519PrivateKey AccountKey { get; } = Ed25519PrivateKey.Generate(new SeededRandomSource(1));
}
