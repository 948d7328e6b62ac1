using System.Net;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>How a <see cref="TurnServerModel"/> behaves. The defaults are those of RFC 8656; it may be replaced while the server runs.</summary>
internal sealed record TurnServerModelOptions
{
    public const string DefaultUsername = "alice", DefaultPassword = "wonderland";

    /// <summary>The realm of all users.</summary>
    public string Realm { get; init; } = "turn.example.org";

    /// <summary>The password of a user at a time; null when there is no such user (any more). Names of REST credentials can be judged by their time here.</summary>
    public Func<string, MonotonicTime, string?> FindPassword { get; init; } = (name, _) => name == DefaultUsername ? DefaultPassword : null;

    /// <summary>Whether a request must carry credentials at all.</summary>
    public bool RequiresCredentials { get; init; } = true;

    /// <summary>After how long a nonce is stale; null: never.</summary>
    public TimeSpan? NonceLifetime { get; init; }

    /// <summary>Whether every request finds its nonce stale.</summary>
    public bool IsNonceAlwaysStale { get; init; }

    /// <summary>The longest life of an allocation that is granted.</summary>
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan PermissionLifetime { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan ChannelLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many allocations one user may have (486).</summary>
    public int Quota { get; init; } = int.MaxValue;

    /// <summary>How many allocations there may be at all (508).</summary>
    public int Capacity { get; init; } = int.MaxValue;

    /// <summary>The code with which an authenticated request of a type is refused; 0: it is not.</summary>
    public Func<StunMessageType, int>? Refuse { get; init; }

    /// <summary>How a permission or a channel without an allocation is refused: by 437, or by 400 as coturn does it.</summary>
    public int MismatchCode { get; init; } = 437;

    /// <summary>Peers to whom nothing is relayed (403).</summary>
    public Predicate<TransportAddress> IsForbidden { get; init; } = _ => false;

    /// <summary>Where clients are sent instead (300); null: nowhere.</summary>
    public TransportAddress? AlternateServer { get; init; }

    /// <summary>The name of that server; null when it has the same.</summary>
    public string? AlternateDomain { get; init; }

    /// <summary>Whether it is said before the client has said who it is.</summary>
    public bool RedirectsStrangers { get; init; } = true;

    /// <summary>Whether refusals carry MESSAGE-INTEGRITY, as they must.</summary>
    public bool SignsErrors { get; init; } = true;

    /// <summary>The addresses of relays, one for each family; null: that family is not supported (440).</summary>
    public IPAddress? RelayIPv4 { get; init; } = IPAddress.Parse("198.51.100.1");

    public IPAddress? RelayIPv6 { get; init; }

    /// <summary>Whether clients come by TCP or TLS: channel data is padded.</summary>
    public bool IsStream { get; init; }
}
