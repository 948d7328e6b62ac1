using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ConsoleChat;

/// <summary>A signaling endpoint inside this program. It passes sealed envelopes between those who wait at the same random topic, and keeps nothing.</summary>
internal sealed class EmbeddedSignaling : IAsyncDisposable
{
    private readonly WebApplication _application;

    private EmbeddedSignaling(WebApplication application, IReadOnlyList<Uri> addresses, int port)
    {
        _application = application;
        Addresses = addresses;
        Port = port;
    }

    /// <summary>Where it is reached, from this machine first.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    public int Port { get; }

    /// <summary>Starts it.</summary>
    /// <param name="port">The port to use; null for a free one.</param>
    /// <param name="withPrivateAddresses">Whether others in the same private network may reach it too.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<EmbeddedSignaling> StartAsync(int? port, bool withPrivateAddresses, CancellationToken cancellationToken)
    {
        int chosen = port ?? FindFreePort();
        IPAddress[] hosts = [IPAddress.Loopback, .. withPrivateAddresses ? PrivateAddresses().Take(MaxPrivateAddresses) : []];
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            foreach (IPAddress host in hosts) options.Listen(host, chosen);
        });
        builder.Services.AddBerOfChatSignaling();
        WebApplication application = builder.Build();
        application.UseWebSockets();
        application.MapBerOfChatSignaling(EndpointPath);
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new EmbeddedSignaling(application, [.. hosts.Select(host => new Uri($"ws://{host}:{chosen}{EndpointPath}"))], chosen);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _application.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static IEnumerable<IPAddress> PrivateAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(adapter => adapter.OperationalStatus == OperationalStatus.Up && adapter.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(adapter => adapter.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => s_private.Any(network => network.Contains(address)));

    // An invitation has room for 143 bytes of addresses.
    private const int MaxPrivateAddresses = 2;
    private const string EndpointPath = "/berofchat";

    private static readonly IPNetwork[] s_private = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16")];
}
