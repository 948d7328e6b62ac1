using System.CommandLine;
using System.Net;
using BerOfChat.NatLab;
using BerOfChat.Proxies;
using BerOfChat.WebRtc;

Argument<string> role = new("role") { Description = "offerer or answerer" };
Argument<string> folder = new("folder") { Description = "Where both put their descriptions" };
Option<string[]> servers = new("--server") { Description = "stun:…, turn:… or turns:…", AllowMultipleArgumentsPerToken = true };
Option<string> user = new("--user") { DefaultValueFactory = _ => "lab" };
Option<string> password = new("--password") { DefaultValueFactory = _ => "lab" };
Option<bool> relayOnly = new("--relay-only");
Option<string?> proxy = new("--proxy") { Description = "http://… or socks5://…" };
Option<int> seconds = new("--path-timeout") { DefaultValueFactory = _ => 20, Description = "Seconds" };
Command peer = new("peer", "One of two that connect.") { role, folder, servers, user, password, relayOnly, proxy, seconds };
peer.SetAction(async (arguments, cancellationToken) =>
{
    string[] urls = arguments.GetValue(servers) ?? [];
    PeerConnectionOptions options = new()
    {
        IceServers = urls.Length == 0 ? [] : [new IceServer { Urls = urls, Username = arguments.GetValue(user), Credential = arguments.GetValue(password) }],
        IceTransportPolicy = arguments.GetValue(relayOnly) ? IceTransportPolicy.Relay : IceTransportPolicy.All,
        Proxy = arguments.GetValue(proxy) is { } address ? new WebProxy(new Uri(address)) : null,
        PathTimeout = TimeSpan.FromSeconds(arguments.GetValue(seconds)),
    };
    using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    limit.CancelAfter(TimeSpan.FromSeconds(60));
    return await new LabPeer(arguments.GetValue(role) == "offerer", arguments.GetValue(folder)!, options).RunAsync(limit.Token);
});

Argument<string> endPoint = new("address") { Description = "Where it listens" };
Argument<string[]> names = new("names") { Description = "name=address:port, what it knows" };
Command run = new("proxy", "A proxy for both kinds of clients, until it is ended.") { endPoint, names };
run.SetAction(async (arguments, cancellationToken) =>
{
    await using TestProxy running = new(IPEndPoint.Parse(arguments.GetValue(endPoint)!));
    foreach (string[] entry in arguments.GetValue(names)!.Select(text => text.Split('=', 2))) running.Names[entry[0]] = IPEndPoint.Parse(entry[1]);
    Console.WriteLine("ready");
    await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    return 0;
});

return await new RootCommand("Peers and a proxy for tests/natlab/run.sh.") { peer, run }.Parse(args).InvokeAsync();
