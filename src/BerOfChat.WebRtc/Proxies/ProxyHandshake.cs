using System.Text;

namespace BerOfChat.WebRtc.Proxies;

/// <summary>What both kinds of proxies have in common.</summary>
internal static class ProxyHandshake
{
    /// <summary>What is written at once is never larger.</summary>
    public const int MaxRequestSize = 2048;

    /// <summary>The longest name that DNS has.</summary>
    public const int MaxHostLength = 255;

    /// <summary>The most bytes that a user name or a password may have: what SOCKS5 has room for (RFC 1929).</summary>
    public const int MaxCredentialLength = 255;

    /// <summary>Refuses what could end a line of a request, or has no room in it.</summary>
    public static void Validate(string host, int port, ProxyCredentials? credentials)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(host.Length, MaxHostLength, nameof(host));
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1, nameof(port));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue, nameof(port));
        if (host.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0) throw new ArgumentException("A host name has only visible ASCII characters; others are written in Punycode.", nameof(host));
        if (credentials is null) return;
        if (Encoding.UTF8.GetByteCount(credentials.User) is 0 or > MaxCredentialLength || Encoding.UTF8.GetByteCount(credentials.Password) > MaxCredentialLength)
            throw new ArgumentException($"The user name and the password of a proxy have at most {MaxCredentialLength} bytes of UTF-8, and the name has one at least.", nameof(credentials));
    }
}
