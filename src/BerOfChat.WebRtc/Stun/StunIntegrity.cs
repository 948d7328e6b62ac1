using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Stun;

/// <summary>The HMAC-SHA1 of MESSAGE-INTEGRITY.</summary>
internal static class StunIntegrity
{
    public static void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> header, ReadOnlySpan<byte> attributes, Span<byte> mac)
    {
#pragma warning disable CA5350 // RFC 8489 prescribes HMAC-SHA1 for short-term credentials; as a MAC it is not broken.
        using IncrementalHash hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, key);
#pragma warning restore CA5350
        hash.AppendData(header);
        hash.AppendData(attributes);
        hash.GetHashAndReset(mac);
    }
}
