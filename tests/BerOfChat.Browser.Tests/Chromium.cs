using System.Diagnostics;
using System.Text;

namespace BerOfChat.Browser;

/// <summary>A headless Chromium with a profile of its own that talks to nobody but this machine.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _profile;
    private readonly StringBuilder _errors = new();

    private Chromium(Process process, string profile)
    {
        _process = process;
        _profile = profile;
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>Where Chromium is; null when it is not installed.</summary>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(directory => new[] { "chromium", "chromium-browser" }.Select(name => Path.Combine(directory, name))).FirstOrDefault(File.Exists);

    /// <summary>The last that it said, for a test that fails.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    public static Chromium Start(string executable, Uri page)
    {
        string profile = Directory.CreateTempSubdirectory("berofchat-chromium-").FullName;
        var start = new ProcessStartInfo(executable) { RedirectStandardError = true, RedirectStandardOutput = true };
        string[] arguments =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
            "--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,MediaRouter,Translate",
            "--allow-loopback-in-peer-connection",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            "--user-data-dir=" + profile, page.AbsoluteUri,
        ];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["HOME"] = profile;
        return new Chromium(Process.Start(start)!, profile);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();

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

    private void Note(string? line)
    {
        lock (_errors)
        {
            if (_errors.Length < 16_384) _errors.AppendLine(line);
        }
    }
}
