using BerOfChat.Primitives;

namespace BerOfChat.Invites;

/// <summary>What stands in an invitation.</summary>
internal readonly ref struct InviteFields(
    ReadOnlySpan<byte> secret, Bytes32 publicKey, Bytes32 accountKey, uint expiryMinutes, byte uses, IReadOnlyList<Uri> signalingAddresses)
{
    /// <summary>32 random bytes that only the issuer and the invited know.</summary>
    public ReadOnlySpan<byte> Secret { get; } = secret;

    /// <summary>The invitation's own X25519 key.</summary>
    public Bytes32 PublicKey { get; } = publicKey;

    /// <summary>The issuer's account key.</summary>
    public Bytes32 AccountKey { get; } = accountKey;

    /// <summary>Unix time in minutes.</summary>
    public uint ExpiryMinutes { get; } = expiryMinutes;

    /// <summary>How many accounts may join; 0 means any number.</summary>
    public byte Uses { get; } = uses;

    public IReadOnlyList<Uri> SignalingAddresses { get; } = signalingAddresses;
}
