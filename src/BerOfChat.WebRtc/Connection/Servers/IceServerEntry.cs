using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Connection.Servers;

/// <summary>One URL of a server, and what has become known of it.</summary>
/// <param name="id">Its number among the servers of the connection.</param>
/// <param name="url">The URL.</param>
/// <param name="renewsCredentials">Whether there are new credentials when these have expired.</param>
internal sealed class IceServerEntry(int id, IceServerUrl url, bool renewsCredentials)
{
    /// <summary>So soon after the last but one they are not asked for again: who hands out wrong ones would be asked without end.</summary>
    private static readonly TimeSpan s_minRenewalInterval = TimeSpan.FromSeconds(30);

    private MonotonicTime? _credentialsAt, _credentialsBeforeAt;

    public int Id => id;

    public IceServerUrl Url => url;

    /// <summary>Whether its name, its credentials, or the connection to it is still awaited.</summary>
    public bool IsPreparing { get; set; } = true;

    /// <summary>Whether new credentials are awaited.</summary>
    public bool IsRenewing { get; set; }

    /// <summary>Why it could not be used, without names and addresses; null when nothing is wrong.</summary>
    public string? Error { get; set; }

    public TransportAddress? IPv4 { get; private set; }

    public TransportAddress? IPv6 { get; private set; }

    public string Username { get; private set; } = "";

    public string Password { get; private set; } = "";

    public bool MayRenew(MonotonicTime now) => renewsCredentials && (_credentialsBeforeAt is not { } before || now - before >= s_minRenewalInterval);

    public void SetCredentials(string username, string password, MonotonicTime now)
    {
        (_credentialsBeforeAt, _credentialsAt) = (_credentialsAt, now);
        (Username, Password) = (username, password);
        IsRenewing = false;
        Error = null;
    }

    /// <summary>What its name stands for: the first address of each family.</summary>
    public void SetAddresses(IReadOnlyList<TransportAddress> addresses)
    {
        foreach (TransportAddress address in addresses)
        {
            if (address.IsIPv6) IPv6 ??= address;
            else IPv4 ??= address;
        }
    }

    /// <summary>Its address for a socket; null when that cannot reach it.</summary>
    public TransportAddress? AddressFor(TransportAddress socket) =>
        (socket.IsIPv6 ? IPv6 : IPv4) is { } address && (!socket.IsLoopback || address.IsLoopback) ? address : null;
}
