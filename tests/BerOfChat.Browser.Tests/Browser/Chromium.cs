using System.Diagnostics;
using System.Text;

namespace BerOfChat.Browser;

/// <summary>A headless Chromium with a profile and a network of its own.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DevTools _devTools;
    private readonly string _profile;
    private readonly StringBuilder _errors = new();

    private Chromium(Process process, DevTools devTools, string profile)
    {
        _process = process;
        _devTools = devTools;
        _profile = profile;
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Why it cannot run here; null when it should be possible.</summary>
    public static string? FindObstacle() => Find() is null ? "Chromium is not installed (Debian: apt-get install chromium)." : null;

    public BrowserNetwork Network { get; private set; } = null!;

    /// <summary>Sees every packet that leaves the browser's namespace.</summary>
    public PacketWatch Watch { get; private set; } = null!;

    /// <summary>The last that it said, for a test that fails.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Starts the browser in a network namespace.</summary>
    /// <param name="switches">Switches besides those without which it would not run unattended as root.</param>
    public static Task<Chromium> StartAsync(params string[] switches) => StartAsync(Tool.Find("unshare")!, ["--net", "bash"], BrowserNetwork.CreateAsync, switches);

    /// <summary>Starts the browser in the network of this machine, with all that keeps it on loopback: no names announced, none resolved.</summary>
    public static Task<Chromium> StartOnLoopbackAsync() => StartAsync(Tool.Find("bash")!, [], _ => Task.FromResult(BrowserNetwork.Loopback),
    [
        "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    ]);

    public Task<BrowserPage> OpenPageAsync(CancellationToken cancellationToken) => BrowserPage.OpenAsync(_devTools, cancellationToken);

    /// <summary>Ends every process that runs pages, as kill -9 does.</summary>
    public async Task KillRenderersAsync(CancellationToken cancellationToken)
    {
        var information = await _devTools.CallAsync("SystemInfo.getProcessInfo", new { }, null, cancellationToken);
        foreach (var process in information.GetProperty("processInfo").EnumerateArray().Where(p => p.GetProperty("type").GetString() == "renderer"))
        {
            using Process renderer = Process.GetProcessById(process.GetProperty("id").GetInt32());
            renderer.Kill();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _devTools.DisposeAsync();
        Watch?.Dispose();

        // Children that were about to write may outlive their parent by a moment.
        for (int attempt = 0; Directory.Exists(_profile); attempt++)
        {
            try
            {
                Directory.Delete(_profile, recursive: true);
            }
            catch (IOException) when (attempt < 50)
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task<Chromium> StartAsync(string launcher, string[] launcherArguments, Func<int, Task<BrowserNetwork>> createNetwork, string[] switches)
    {
        string profile = Directory.CreateTempSubdirectory("berofchat-chromium-").FullName;
        DevTools devTools = new();
        (string commands, string replies) = devTools.ClientHandles;
        ProcessStartInfo start = new(launcher) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        string[] arguments =
        [
            // Waits until its network is laid out, so that the browser never sees another.
            .. launcherArguments, "-c", $"echo && read -r && exec 3<&{commands} 4>&{replies} {commands}<&- {replies}>&- >/dev/null && exec \"$0\" \"$@\"",
            Find()!, "--headless", "--no-sandbox", "--no-first-run", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir=" + profile,
            .. switches, "about:blank",
        ];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["HOME"] = profile;
        Chromium chromium = new(Process.Start(start)!, devTools, profile);
        try
        {
            devTools.Begin();
            if (await chromium._process.StandardOutput.ReadLineAsync() is null) throw new InvalidOperationException($"It does not start: {chromium.Errors}");
            chromium.Network = await createNetwork(chromium._process.Id);
            if (chromium.Network != BrowserNetwork.Loopback) chromium.Watch = PacketWatch.Begin(chromium.Network);
            await chromium._process.StandardInput.WriteLineAsync();
            return chromium;
        }
        catch
        {
            await chromium.DisposeAsync();
            throw;
        }
    }

    private static string? Find() => Tool.Find("chromium", "chromium-browser");

    private void Note(string? line)
    {
        lock (_errors)
        {
            if (_errors.Length < 16_384) _errors.AppendLine(line);
        }
    }
}
