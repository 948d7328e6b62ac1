using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>How stream links are made.</summary>
internal sealed record StreamLinkOptions
{
    /// <summary>What lies between; null for nothing. Where there is a proxy, names of servers are resolved by it.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Whether nothing may leave past the proxy, also where it names none.</summary>
    public bool RequiresProxy { get; init; }

    /// <summary>How long it may take until the link is there, its proxy's and TLS's part included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The roots that a server's certificate may come from, for tests; null for those of the system.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
