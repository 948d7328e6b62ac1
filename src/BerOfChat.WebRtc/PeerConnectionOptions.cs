using System.Net;
using System.Security.Cryptography.X509Certificates;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc;

/// <summary>How a connection is made.</summary>
public sealed record PeerConnectionOptions
{
    private static readonly TimeSpan s_shortestConsent = TimeSpan.FromSeconds(10), s_longestConsent = TimeSpan.FromSeconds(30);

    /// <summary>The local addresses to use. Null means those of all interfaces that are up, without loopback; a machine that has none uses loopback.</summary>
    public IReadOnlyList<IPAddress>? BindAddresses { get; init; }

    /// <summary>Whether loopback is used besides the other addresses, so that peers on the same machine find each other however its network is filtered. The default is no.</summary>
    public bool IncludeLoopback { get; init; }

    /// <summary>
    /// The STUN and TURN servers to use (W3C iceServers). The default is none: then only devices that reach each other directly connect. All are asked at once, and one that does not answer costs nothing
    /// but itself. At most 16 URLs.
    /// </summary>
    public IReadOnlyList<IceServer> IceServers { get; init; } = [];

    /// <summary>Which candidates are used (W3C iceTransportPolicy). <see cref="IceTransportPolicy.Relay"/> needs a TURN server. The default is all of them.</summary>
    public IceTransportPolicy IceTransportPolicy { get; init; }

    /// <summary>
    /// Whether candidates leave out addresses that mean something only inside our own network or machine (RFC 1918, RFC 6598, unique local, link-local, loopback). Paths from there are tried all the same,
    /// and a peer in the same network that tells its own addresses is still reached directly. The default is no.
    /// </summary>
    public bool HidePrivateAddresses { get; init; }

    /// <summary>
    /// How long a path to the peer is looked for. The default is 30 s. More than that is for descriptions that people carry: all pairs are then checked again and again,
    /// and the answerer begins encryption only when the offerer, which may get the answer much later, has chosen a path.
    /// </summary>
    public TimeSpan PathTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the peer may leave every question unanswered before nothing more is sent and the connection has failed (consent, RFC 7675 section 5.1): from 10 s to 30 s, which is the
    /// default and the most that the RFC allows. A path that is lost for less than that is taken up again.
    /// </summary>
    public TimeSpan ConsentTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The largest message that the peer may send, up to 64 MiB. The default is 262,144 bytes. The peer hears of it by our description; a connection keeps room for one such message,
    /// and a browser sends no more than 262,144 bytes whatever stands here.
    /// </summary>
    public int MaxMessageSize { get; init; } = 262_144;

    /// <summary>
    /// Whether descriptions carry what the SCTP handshake would say (a=sctp-init, SNAP, draft-hancke-tsvwg-snap-00): channels open up to two round trips sooner with peers that do so too, and as ever with all others.
    /// The default is no, as the draft is not final.
    /// </summary>
    public bool UseSnap { get; init; }

    /// <summary>Above so many queued bytes a channel's SendAsync waits. The default is 1 MiB, the most is 16 MiB.</summary>
    public int MaxBufferedAmount { get; init; } = 1024 * 1024;

    /// <summary>
    /// The proxy through which TURN servers are reached over TCP and TLS: a <see cref="WebProxy"/> with an address such as <c>http://proxy.example:3128</c> (HTTP CONNECT) or <c>socks5://127.0.0.1:9050</c>,
    /// and with its <see cref="WebProxy.Credentials"/> where it wants some; or <c>HttpClient.DefaultProxy</c>, what the system is set to. The names of those servers are resolved by the proxy. The default is none.
    /// Datagrams go past it: together with <see cref="IceTransportPolicy.Relay"/> servers over UDP are not used, nor those for which it names no proxy, and nothing leaves except to the proxy.
    /// </summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>The clock. The default is the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Who may have signed the certificates of TURN servers, for tests; null for those whom the system trusts.</summary>
    internal X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>Finds what a connection could not be made with. <see cref="PeerConnection"/> does it too; call it earlier to tell earlier.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or two do not fit each other; the text says what to do.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxBufferedAmount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxBufferedAmount, DataChannelEndpoint.MaxBufferedAmount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxMessageSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxMessageSize, DataChannelEndpoint.MaxMessage);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PathTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ConsentTimeout, s_shortestConsent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ConsentTimeout, s_longestConsent);
        if (Proxy is WebProxy { Address: { } proxy } && ProxyRoute.FindFault(proxy) is { } fault) throw new ArgumentException(fault);
        if (IceServerRules.FindMistake(this) is { } mistake) throw new ArgumentException(mistake);
    }
}
