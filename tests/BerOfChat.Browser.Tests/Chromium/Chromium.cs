using System.Diagnostics;
using System.Text.Json;

namespace BerOfChat.Browser;

/// <summary>A headless Chromium with a profile and a network of its own.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    // Without a namespace nothing else keeps it on loopback: no names announced, none resolved, no calls of its own.
    private static readonly string[] s_loopbackSwitches =
    [
        "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    ];

    private readonly PeerProcess _process;
    private readonly DevTools _devTools;
    private readonly string _profile;

    private Chromium(PeerProcess process, DevTools devTools, string profile)
    {
        _process = process;
        _devTools = devTools;
        _profile = profile;
    }

    public PeerNetwork Network => _process.Network;

    public PacketWatch? Watch => _process.Watch;

    public string Errors => _process.Errors;

    /// <summary>Why it cannot run here; null when it should be possible.</summary>
    public static string? FindObstacle() => Find() is null ? "Chromium is not installed (Debian: apt-get install chromium)." : null;

    /// <summary>Starts the browser in a network namespace.</summary>
    /// <param name="switches">Switches besides those without which it would not run unattended as root.</param>
    public static Task<Chromium> StartAsync(params string[] switches) => StartAsync(ownsNetwork: true, switches);

    /// <summary>Starts the browser in the network of this machine, and keeps it on loopback.</summary>
    public static Task<Chromium> StartOnLoopbackAsync() => StartAsync(ownsNetwork: false, s_loopbackSwitches);

    public Task<BrowserPage> OpenPageAsync(CancellationToken cancellationToken) => BrowserPage.OpenAsync(_devTools, cancellationToken);

    /// <summary>Ends every process that runs pages, as kill -9 does.</summary>
    public async Task KillRenderersAsync(CancellationToken cancellationToken)
    {
        JsonElement information = await _devTools.CallAsync("SystemInfo.getProcessInfo", new { }, null, cancellationToken);
        foreach (JsonElement process in information.GetProperty("processInfo").EnumerateArray().Where(p => p.GetProperty("type").GetString() == "renderer"))
        {
            using Process renderer = Process.GetProcessById(process.GetProperty("id").GetInt32());
            renderer.Kill();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _devTools.DisposeAsync();

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

    private static string? Find() => Tool.Find("chromium", "chromium-browser");

    private static async Task<Chromium> StartAsync(bool ownsNetwork, string[] switches)
    {
        string profile = Directory.CreateTempSubdirectory("berofchat-chromium-").FullName;
        DevTools devTools = new();
        (string commands, string replies) = devTools.ClientHandles;
        string[] command =
        [
            Find()!, "--headless", "--no-sandbox", "--no-first-run", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir=" + profile, .. switches, "about:blank",
        ];
        PeerProcess process = await PeerProcess.StartAsync(ownsNetwork, $"3<&{commands} 4>&{replies} {commands}<&- {replies}>&- >/dev/null", profile, command, devTools.Begin);
        return new Chromium(process, devTools, profile);
    }
}
