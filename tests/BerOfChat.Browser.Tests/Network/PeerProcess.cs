using System.Diagnostics;
using System.Text;

namespace BerOfChat.Browser;

/// <summary>A program with a network of its own, which it sees only when that is laid out.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private PeerProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.BeginErrorReadLine();
    }

    public PeerNetwork Network { get; private set; } = PeerNetwork.Loopback;

    /// <summary>Sees every packet that leaves the namespace; null on loopback.</summary>
    public PacketWatch? Watch { get; private set; }

    public StreamWriter Input => _process.StandardInput;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>The first that it said on standard error, for a test that fails.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="ownsNetwork">Whether it gets a namespace; if not, it shares the network of this machine and must itself keep to loopback.</param>
    /// <param name="redirections">Redirections of its descriptors, as the shell reads them.</param>
    /// <param name="home">Its home directory.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="onStarted">Called when the descriptors are inherited.</param>
    public static async Task<PeerProcess> StartAsync(bool ownsNetwork, string redirections, string home, IEnumerable<string> command, Action onStarted)
    {
        string bash = Tool.Find("bash") ?? throw new InvalidOperationException("There is no bash.");
        ProcessStartInfo start = new(ownsNetwork ? Tool.Find("unshare")! : bash) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        string[] launcher = ownsNetwork ? ["--net", bash] : [];
        foreach (string argument in (IEnumerable<string>)[.. launcher, "-c", $"echo && read -r && exec {redirections} && exec \"$0\" \"$@\"", .. command]) start.ArgumentList.Add(argument);
        start.Environment["HOME"] = home;
        PeerProcess process = new(Process.Start(start)!);
        try
        {
            onStarted();
            if (await process.Output.ReadLineAsync() is null) throw new InvalidOperationException($"It does not start: {process.Errors}");
            if (ownsNetwork)
            {
                process.Network = await PeerNetwork.CreateAsync(process._process.Id);
                process.Watch = PacketWatch.Begin(process.Network);
            }

            await process.Input.WriteLineAsync();
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        Watch?.Dispose();
        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_errors)
        {
            if (_errors.Length < 16_384) _errors.AppendLine(line);
        }
    }
}
