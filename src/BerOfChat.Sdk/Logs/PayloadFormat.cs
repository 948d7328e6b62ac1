using BerOfChat.Cryptography;
using BerOfChat.Identity;
using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>What each type of entry demands of its payload, the proofs of CREATE and JOIN aside. Who sends anything else breaks the rules.</summary>
internal static class PayloadFormat
{
    public static bool IsWellFormed(EntryType type, ReadOnlySpan<byte> payload) => type switch
    {
        EntryType.Add => AddPayload.TryParse(payload, out _),
        EntryType.Remove => RemovePayload.TryParse(payload, out _),
        EntryType.Leave => payload.IsEmpty,
        EntryType.Role => RolePayload.TryParse(payload, out _),
        EntryType.Epoch => payload.Length == Bytes32.Size,
        EntryType.Devices => DeviceList.TryParse(payload, out _),
        EntryType.Message or EntryType.Title => IsSealedSize(payload.Length),
        _ => true,
    };

    /// <summary>What is sealed is padded to full buckets, and the tag follows.</summary>
    private static bool IsSealedSize(int length) =>
        length >= TextPayload.Bucket + Aes256Gcm.TagSize && (length - Aes256Gcm.TagSize) % TextPayload.Bucket == 0;
}
