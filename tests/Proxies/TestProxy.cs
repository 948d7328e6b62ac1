using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BerOfChat.Proxies;

#pragma warning disable CA1001 // A source without a timer holds nothing, and a test may dispose of the proxy twice.
/// <summary>A proxy, on a free port of 127.0.0.1 if nothing else is said, that takes HTTP CONNECT and SOCKS5, whichever a client speaks, and knows the names that the test gives it.</summary>
internal sealed class TestProxy : IAsyncDisposable
#pragma warning restore CA1001
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _clients = [];
    private readonly Task _accepting;

    public TestProxy(IPEndPoint? endPoint = null)
    {
        _listener = new TcpListener(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What it wants to hear before it carries anything; null for nothing.</summary>
    public NetworkCredential? Credentials { get; init; }

    /// <summary>Where the names lead that the test uses; nobody else knows them.</summary>
    public ConcurrentDictionary<string, IPEndPoint> Names { get; } = [];

    /// <summary>What clients have asked for, as they wrote it: host:port.</summary>
    public ConcurrentQueue<string> Destinations { get; } = [];

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The setting for a client.</summary>
    /// <param name="scheme">http or socks5.</param>
    /// <param name="user">The user name; null for no credentials.</param>
    /// <param name="password">The password.</param>
    public WebProxy ToSetting(string scheme, string? user = null, string? password = null) =>
        new(new Uri($"{scheme}://127.0.0.1:{Port}")) { Credentials = user is null ? null : new NetworkCredential(user, password) };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_clients);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _clients.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                byte[] first = new byte[1];
                await stream.ReadExactlyAsync(first, _stop.Token);
                if (first[0] == 5) await ServeSocksAsync(stream);
                else await ServeHttpAsync(stream, (char)first[0]);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The client has gone, or the test is over.
            }
        }
    }

    private async Task ServeHttpAsync(NetworkStream stream, char first)
    {
        StringBuilder text = new(first.ToString());
        byte[] next = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(next, _stop.Token);
            text.Append((char)next[0]);
        }

        string[] lines = text.ToString().Split("\r\n");
        string[] request = lines[0].Split(' ');
        string expected = Credentials is null ? "" : Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Credentials.UserName}:{Credentials.Password}"));
        if (Credentials is not null && !lines.Contains($"Proxy-Authorization: Basic {expected}"))
        {
            await stream.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
            return;
        }

        using TcpClient? server = await ConnectAsync(request[1]);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(server is null ? "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 200 Connection established\r\n\r\n"), _stop.Token);
        if (server is not null) await CarryAsync(stream, server.GetStream());
    }

    private async Task ServeSocksAsync(NetworkStream stream)
    {
        byte[] methods = await ReadStringAsync(stream);
        byte method = Credentials is null ? (byte)0 : (byte)2;
        if (!methods.Contains(method))
        {
            await stream.WriteAsync(new byte[] { 5, 0xFF }, _stop.Token);
            return;
        }

        await stream.WriteAsync(new byte[] { 5, method }, _stop.Token);
        if (Credentials is not null)
        {
            await stream.ReadExactlyAsync(new byte[1], _stop.Token);
            string user = Encoding.UTF8.GetString(await ReadStringAsync(stream)), password = Encoding.UTF8.GetString(await ReadStringAsync(stream));
            bool isRight = user == Credentials.UserName && password == Credentials.Password;
            await stream.WriteAsync(new byte[] { 1, isRight ? (byte)0 : (byte)1 }, _stop.Token);
            if (!isRight) return;
        }

        byte[] head = new byte[4];
        await stream.ReadExactlyAsync(head, _stop.Token);
        byte[] host = head[3] switch { 1 => new byte[4], 4 => new byte[16], _ => await ReadStringAsync(stream) };
        if (head[3] != 3) await stream.ReadExactlyAsync(host, _stop.Token);
        byte[] port = new byte[2];
        await stream.ReadExactlyAsync(port, _stop.Token);
        string name = head[3] == 3 ? Encoding.ASCII.GetString(host) : new IPEndPoint(new IPAddress(host), 0).Address.ToString();
        using TcpClient? server = await ConnectAsync($"{name}:{BinaryPrimitives.ReadUInt16BigEndian(port)}");
        await stream.WriteAsync(new byte[] { 5, server is null ? (byte)4 : (byte)0, 0, 1, 0, 0, 0, 0, 0, 0 }, _stop.Token);
        if (server is not null) await CarryAsync(stream, server.GetStream());
    }

    private async Task<byte[]> ReadStringAsync(NetworkStream stream)
    {
        byte[] length = new byte[1];
        await stream.ReadExactlyAsync(length, _stop.Token);
        byte[] bytes = new byte[length[0]];
        await stream.ReadExactlyAsync(bytes, _stop.Token);
        return bytes;
    }

    private async Task<TcpClient?> ConnectAsync(string destination)
    {
        Destinations.Enqueue(destination);
        int colon = destination.LastIndexOf(':');
        IPEndPoint? target = Names.GetValueOrDefault(destination[..colon]);
        if (target is null && !IPEndPoint.TryParse(destination, out target)) return null;
        TcpClient server = new(target.AddressFamily);
        try
        {
            await server.ConnectAsync(target, _stop.Token);
            return server;
        }
        catch (SocketException)
        {
            server.Dispose();
            return null;
        }
    }

    private async Task CarryAsync(NetworkStream client, NetworkStream server)
    {
        Task back = CopyAsync(server, client);
        await CopyAsync(client, server);
        await back;

        async Task CopyAsync(NetworkStream from, NetworkStream to)
        {
            await from.CopyToAsync(to, _stop.Token);
            to.Socket.Shutdown(SocketShutdown.Send);
        }
    }
}
