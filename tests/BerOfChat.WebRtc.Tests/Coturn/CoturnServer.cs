using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BerOfChat.WebRtc.Tests.Links;

namespace BerOfChat.WebRtc.Tests.Coturn;

/// <summary>Debian's coturn on 127.0.0.1, with ports, files and a certificate of its own.</summary>
internal sealed class CoturnServer : IAsyncDisposable
{
    public const string User = "anna", Password = "päss", Realm = "realm.test", Secret = "shared secret";

    private const int RelayPorts = 100;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("berofchat-coturn-");
    private readonly StringBuilder _log = new();
    private readonly X509Certificate2 _certificate = LinkServer.CreateCertificate("127.0.0.1");
    private Process _process = null!;
    private int _firstRelayPort;

    private CoturnServer()
    {
    }

    /// <summary>Where it listens for UDP, TCP and, on the port behind, TLS.</summary>
    public int Port { get; private set; }

    public string Udp => $"turn:127.0.0.1:{Port}";

    public string Tcp => $"turn:127.0.0.1:{Port}?transport=tcp";

    public string Tls => $"turns:127.0.0.1:{Port + 1}";

    public X509Certificate2Collection Roots => [_certificate];

    /// <summary>What it has said so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>Why it cannot be started here; null when it can.</summary>
    public static string? FindObstacle() => !OperatingSystem.IsLinux() ? "coturn is tested on Linux." : Find("turnserver") is null ? "coturn is not installed (Debian: apt-get install coturn)." : null;

    /// <summary>Starts one; skips the test where there is none.</summary>
    /// <param name="settings">What stands in its configuration besides.</param>
    public static async Task<CoturnServer> StartAsync(params string[] settings)
    {
        if (FindObstacle() is { } obstacle) Assert.Skip(obstacle);
        for (int attempt = 0; ; attempt++)
        {
            CoturnServer server = new();
            if (await server.TryStartAsync(settings)) return server;
            string log = server.Log;
            await server.DisposeAsync();
            // Somebody may have taken the port meanwhile.
            if (attempt == 3) throw new InvalidOperationException($"coturn does not start: {log}");
        }
    }

    /// <summary>A user name that is good until then, and its password, as services hand them out that share a secret with the server.</summary>
    public static IceCredential CreateTimeLimited(DateTimeOffset until)
    {
        string user = until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) + ":anna";
#pragma warning disable CA5350 // It is what coturn computes.
        return new IceCredential(user, Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(user))));
#pragma warning restore CA5350
    }

    /// <summary>The server with right credentials at these URLs.</summary>
    public static IceServer At(params string[] urls) => new() { Urls = urls, Username = User, Credential = Password };

    /// <summary>How many relayed addresses it has, seen from outside: its sockets in the range of the relay.</summary>
    public int CountAllocations() => File.ReadLines("/proc/net/udp").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Split(':'))
        .Count(local => local[0] == "0100007F" && int.Parse(local[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) is int port && port >= _firstRelayPort && port < _firstRelayPort + RelayPorts);

    /// <summary>Waits until it has said this.</summary>
    public Task WaitForLogAsync(string text) => WaitAsync(() => Log.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until it has so many relayed addresses.</summary>
    public Task WaitForAllocationsAsync(int count) => WaitAsync(() => CountAllocations() == count);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) _process.Kill();
        if (_process is not null) await _process.WaitForExitAsync();
        _process?.Dispose();
        _certificate.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/usr/bin").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
    }

    private static int FindPort()
    {
        // UDP and TCP on one port, TLS on the next one.
        while (true)
        {
            using TcpListener plain = new(IPAddress.Loopback, 0);
            plain.Start();
            int port = ((IPEndPoint)plain.LocalEndpoint).Port;
            try
            {
                using TcpListener secured = new(IPAddress.Loopback, port + 1);
                secured.Start();
                using Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }

    private async Task<bool> TryStartAsync(string[] settings)
    {
        Port = FindPort();
        // Below the range from which systems give out ports.
        _firstRelayPort = Random.Shared.Next(10_000, 32_000 - RelayPorts);
        string certificate = Path.Combine(_folder.FullName, "certificate.pem"), key = Path.Combine(_folder.FullName, "key.pem"), configuration = Path.Combine(_folder.FullName, "turnserver.conf");
        await File.WriteAllTextAsync(certificate, _certificate.ExportCertificatePem());
        using (ECDsa secret = _certificate.GetECDsaPrivateKey()!) await File.WriteAllTextAsync(key, secret.ExportPkcs8PrivateKeyPem());
        bool isShared = settings.Contains("use-auth-secret");
        string[] lines =
        [
            "listening-ip=127.0.0.1", "relay-ip=127.0.0.1", "allow-loopback-peers", "no-cli", "no-dtls", "fingerprint", "verbose", "simple-log", "log-file=stdout",
            $"listening-port={Port}", $"tls-listening-port={Port + 1}", $"min-port={_firstRelayPort}", $"max-port={_firstRelayPort + RelayPorts - 1}",
            $"realm={Realm}", isShared ? $"static-auth-secret={Secret}" : $"user={User}:{Password}", isShared ? "" : "lt-cred-mech",
            $"cert={certificate}", $"pkey={key}", $"pidfile={Path.Combine(_folder.FullName, "pid")}", $"userdb={Path.Combine(_folder.FullName, "users")}",
            .. settings,
        ];
        await File.WriteAllLinesAsync(configuration, lines);
        _process = Process.Start(new ProcessStartInfo(Find("turnserver")!, ["-c", configuration]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.FullName })!;
        _process.OutputDataReceived += (_, e) => Note(e.Data);
        _process.ErrorDataReceived += (_, e) => Note(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        string[] signs = ["SQLite DB connection success", .. settings.Contains("no-udp") ? Array.Empty<string>() : ["UDP listener opened"], .. settings.Contains("no-tcp") ? Array.Empty<string>() : ["TCP listener opened"]];
        await WaitAsync(() => _process.HasExited || IsReady() || Log.Contains("bind", StringComparison.OrdinalIgnoreCase));
        return !_process.HasExited && IsReady();

        bool IsReady() => signs.All(sign => Log.Contains(sign, StringComparison.Ordinal));
    }

    private void Note(string? line)
    {
        lock (_log) _log.AppendLine(line);
    }
}
