using System.Text;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>What a 300 says: which other server to ask (RFC 8489 sections 14.15 and 14.16).</summary>
internal static class TurnRedirection
{
    private const int MaxDomainSize = 255;

    /// <summary>False when there is no usable address, or a name that is none.</summary>
    public static bool TryRead(StunMessage message, out TransportAddress server, out string? domain)
    {
        domain = null;
        if (!XorAddress.TryReadPlain(message, StunAttributeType.AlternateServer, out server) || server.IsUnusable) return false;
        if (!message.TryGet(StunAttributeType.AlternateDomain, out ReadOnlySpan<byte> name)) return true;
        if (name.Length is 0 or > MaxDomainSize || name.ContainsAnyExceptInRange((byte)'!', (byte)'~')) return false;
        domain = Encoding.ASCII.GetString(name);
        return true;
    }
}
