using System.Net;
using System.Net.Sockets;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.Ice.Gathering;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Gets the servers of a connection ready off the loop's thread: resolves their names and asks the application for credentials. What fails costs only the server it belongs to.</summary>
/// <param name="options">Names the servers.</param>
/// <param name="streams">Connects to those that are spoken to over TCP and TLS.</param>
/// <param name="openSocket">Opens another socket beside the given one, on the loop's thread; null when that cannot be.</param>
/// <param name="post">Runs an action on the loop's thread, unless the connection has ended.</param>
#pragma warning disable CA1001 // A source without a timer holds nothing; whoever still waits for its token may not find it disposed.
internal sealed class ServerAccess(PeerConnectionOptions options, StreamLinks streams, Func<int, int?> openSocket, Action<Action<PeerConnectionCore, MonotonicTime>> post)
#pragma warning restore CA1001
{
    /// <summary>What a name may stand for; one address of each family is used.</summary>
    private const int MaxAddresses = 16;

    /// <summary>How long a name or the application's credentials may take.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>After that long the application is asked again for new credentials that it did not have: an address that is there lives on for a while without.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _closing = new();
    private readonly List<IceServer> _owners = [];
    private readonly Dictionary<int, (IceServerUrl Url, int LinkId)> _streamsOf = [];

    /// <summary>Names all servers to the core, and begins to get them ready. On the loop's thread only.</summary>
    public void Begin(PeerConnectionCore core, MonotonicTime now)
    {
        foreach (IceServer server in options.IceServers)
        {
            bool asks = server.CredentialProvider is not null && server.Endpoints.Any(static e => e.IsTurn);
            Task<IceCredential?> credentials = asks ? Task.Run<IceCredential?>(async () => await AskAsync(server).ConfigureAwait(false)) : Task.FromResult(FromOptions(server));
            foreach (IceServerUrl url in server.Endpoints)
            {
                int id = core.AddServer(url, renewsCredentials: asks && url.IsTurn);
                _owners.Add(server);
                if (!url.IsTurn && options.IceTransportPolicy == IceTransportPolicy.Relay) core.UpdateServers(servers => servers.Fail(id, "It is not asked where only relays are used."), now);
                else if (!url.IsStream && options is { Proxy: not null, IceTransportPolicy: IceTransportPolicy.Relay }) core.UpdateServers(servers => servers.Fail(id, "It is spoken to over UDP, which no proxy carries, and nothing may go past the proxy."), now);
                else if (url.IsStream && !asks) OpenStream(core, id, url, FromOptions(server), now);
                else if (url.IsStream) _ = Task.Run(() => PrepareStreamAsync(id, url, credentials));
                else if (!asks && IPAddress.TryParse(url.Host, out IPAddress? literal)) MakeReady(core, id, url, FromOptions(server), [literal], now);
                else _ = Task.Run(() => PrepareAsync(id, url, credentials));
            }
        }
    }

    /// <summary>The credentials of a server are good no more: asks the application for new ones, until it has some.</summary>
    public void RenewCredentials(int id) => _ = Task.Run(() => RenewAsync(id));

    /// <summary>Nothing more is asked for.</summary>
    public void Cancel() => _ = _closing.CancelAsync();     // what the application has registered with the token does not run on the loop

    private static IceCredential? FromOptions(IceServer server) => server is { Username: { } username, Credential: { } credential } ? new IceCredential(username, credential) : null;

    private static void MakeReady(PeerConnectionCore core, int id, IceServerUrl url, IceCredential? credential, IReadOnlyList<IPAddress> addresses, MonotonicTime now) => core.UpdateServers(
        servers =>
        {
            if (credential is not null) servers.SetCredentials(id, credential.Username, credential.Credential, now);
            servers.SetAddresses(id, [.. addresses.Select(a => TransportAddress.From(a, url.Port)).Where(static a => !a.IsUnusable)], now);
        },
        now);

    private async Task RenewAsync(int id)
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                IceCredential credential = await AskAsync(_owners[id]).ConfigureAwait(false);
                post((core, now) => UseRenewed(core, id, credential, now));
                return;
            }
            catch (Exception e)
            {
                Fail(id, e);
            }

            await Task.Delay(s_pause, options.TimeProvider, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A new user name needs a new way to the server, see SetCredentials; but not at the price of an address that is still good.
    private void UseRenewed(PeerConnectionCore core, int id, IceCredential credential, MonotonicTime now)
    {
        bool isLive = false;
        core.UpdateServers(servers => isLive = servers.HasLiveRelay(id), now);
        if (isLive || !_streamsOf.TryGetValue(id, out (IceServerUrl Url, int LinkId) old))
        {
            core.UpdateServers(servers => servers.SetCredentials(id, credential.Username, credential.Credential, now, openSocket), now);
            return;
        }

        streams.Close(old.LinkId);
        Connect(core, id, old.Url, (linkId, opened) => core.UpdateServers(
            servers =>
            {
                servers.SetCredentials(id, credential.Username, credential.Credential, opened, _ => linkId);
                // A server may have closed the stream together with its refusal.
                if (!servers.HasLiveRelay(id)) servers.SetStream(id, linkId, default, opened);
            },
            opened));
    }

    private void OpenStream(PeerConnectionCore core, int id, IceServerUrl url, IceCredential? credential, MonotonicTime now)
    {
        if (credential is not null) core.UpdateServers(servers => servers.SetCredentials(id, credential.Username, credential.Credential, now), now);
        Connect(core, id, url, (linkId, opened) => core.UpdateServers(servers => servers.SetStream(id, linkId, default, opened), opened));
    }

    private void Connect(PeerConnectionCore core, int id, IceServerUrl url, Action<int, MonotonicTime> onOpened) => _streamsOf[id] = (url, streams.Open(
        new StreamServer(url.Host, url.Port, url.Transport == IceServerTransport.Tls),
        onOpened,
        (failure, closed) => core.UpdateServers(servers => servers.LoseStream(id, failure.Text), closed)));

    private async Task PrepareStreamAsync(int id, IceServerUrl url, Task<IceCredential?> credentials)
    {
        try
        {
            IceCredential? credential = await credentials.ConfigureAwait(false);
            post((core, now) => OpenStream(core, id, url, credential, now));
        }
        catch (Exception e)
        {
            Fail(id, e);
        }
    }

    private async Task PrepareAsync(int id, IceServerUrl url, Task<IceCredential?> credentials)
    {
        try
        {
            Task<IPAddress[]> resolving = ResolveAsync(url.Host);
            IceCredential? credential = url.IsTurn ? await credentials.ConfigureAwait(false) : null;
            IPAddress[] addresses = await resolving.ConfigureAwait(false);
            post((core, now) => MakeReady(core, id, url, credential, addresses, now));
        }
        catch (Exception e)
        {
            Fail(id, e);
        }
    }

    private async Task<IPAddress[]> ResolveAsync(string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? literal)) return [literal];
        using CancellationTokenSource timeout = BeginWait(out CancellationTokenSource either);
        using (either)
        {
            // The system's resolver cannot be cancelled everywhere.
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return addresses.Length <= MaxAddresses ? addresses : addresses[..MaxAddresses];
        }
    }

    private async Task<IceCredential> AskAsync(IceServer server)
    {
        using CancellationTokenSource timeout = BeginWait(out CancellationTokenSource either);
        using (either)
        {
            IceCredential? credential = await server.CredentialProvider!(either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
            return credential is { Username: { Length: > 0 }, Credential: { Length: > 0 } } ? credential : throw new InvalidOperationException("There are no credentials.");
        }
    }

    private CancellationTokenSource BeginWait(out CancellationTokenSource either)
    {
        CancellationTokenSource timeout = new(s_patience, options.TimeProvider);
        either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _closing.Token);
        return timeout;
    }

    private void Fail(int id, Exception e)
    {
        if (_closing.IsCancellationRequested) return;
        string error = e switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "The name of the server does not resolve.",
            SocketException => "The name of the server could not be looked up.",
            OperationCanceledException => "The name of the server, or its credentials, were not there in time.",
            _ => $"The credentials of the server could not be had ({e.GetType().Name}).",
        };
        post((core, now) => core.UpdateServers(servers => servers.Fail(id, error), now));
    }
}
