using System.Text;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc;

/// <summary>
/// A STUN or TURN server (W3C RTCIceServer). A STUN server tells a connection how its address looks from outside; a TURN server relays where no direct path exists.
/// </summary>
/// <example><code>
/// new IceServer { Urls = ["stun:stun.example.org"] }
/// new IceServer { Urls = ["turn:turn.example.org", "turns:turn.example.org:443?transport=tcp"], Username = "anna", Credential = "secret" }
/// </code></example>
public sealed class IceServer
{
    private const int MaxUsernameBytes = 508;

    private readonly IReadOnlyList<string> _urls = [];

    /// <summary>
    /// Where it is: <c>stun:host</c>, <c>turn:host</c>, <c>turn:host?transport=tcp</c>, <c>turns:host</c> (TLS), each with an optional port (<c>turn:host:3479</c>), as browsers take them (RFC 7064,
    /// RFC 7065). The default ports are 3478, and 5349 for <c>turns:</c>. An IPv6 address stands in brackets. At least one.
    /// </summary>
    /// <exception cref="ArgumentException">There is none, or one is no such URL; the text shows a right one.</exception>
    public required IReadOnlyList<string> Urls
    {
        get => _urls;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count == 0) throw new ArgumentException("An ICE server needs at least one URL, for example stun:stun.example.org.");
            Endpoints = [.. value.Select(static url => IceServerUrl.TryParse(url, out IceServerUrl parsed, out string? mistake) ? parsed : throw new ArgumentException(mistake))];
            _urls = [.. value];
        }
    }

    /// <summary>The user name for the TURN servers among the URLs; null when <see cref="CredentialProvider"/> tells it, or when all are STUN servers.</summary>
    public string? Username { get; init; }

    /// <summary>The password that belongs to <see cref="Username"/>.</summary>
    public string? Credential { get; init; }

    /// <summary>
    /// Tells credentials that are good for a time only, as TURN services hand them out. It is called from the thread pool when a connection needs them, and again when the server says that they are good no
    /// more. When it throws, the connection goes on without this server's relays.
    /// </summary>
    public Func<CancellationToken, ValueTask<IceCredential>>? CredentialProvider { get; init; }

    internal IReadOnlyList<IceServerUrl> Endpoints { get; private init; } = [];

    /// <summary>The URLs, without user name and password.</summary>
    public override string ToString() => string.Join(' ', _urls);

    /// <summary>What is wrong, in a sentence that says what to do; null when nothing is.</summary>
    internal string? FindMistake()
    {
        if (CredentialProvider is not null && (Username is not null || Credential is not null)) return $"An ICE server has either {nameof(CredentialProvider)}, or {nameof(Username)} and {nameof(Credential)}: leave out one of them.";
        if (CredentialProvider is not null) return null;
        if (Endpoints.Any(static e => e.IsTurn) && (string.IsNullOrEmpty(Username) || string.IsNullOrEmpty(Credential)))
            return $"A TURN server needs credentials: set {nameof(Username)} and {nameof(Credential)}, or {nameof(CredentialProvider)}.";
        return Username is not null && Encoding.UTF8.GetByteCount(Username) > MaxUsernameBytes ? $"{nameof(Username)} is longer than the {MaxUsernameBytes} bytes that STUN has room for." : null;
    }
}
