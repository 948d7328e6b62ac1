using System.Runtime.CompilerServices;

namespace BerOfChat.NatLab;

/// <summary>Two processes that share a folder: each writes a file of lines, and reads the other's as it grows.</summary>
internal sealed class FileSignaling(string folder, string ours, string theirs) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(2);

    private readonly StreamWriter _writer = new(new FileStream(Path.Combine(folder, ours), FileMode.Create, FileAccess.Write, FileShare.Read)) { AutoFlush = true, NewLine = "\n" };

    public Task WriteAsync(string line) => _writer.WriteLineAsync(line);

    /// <summary>The lines of the other side; without end.</summary>
    public async IAsyncEnumerable<string> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, theirs);
        while (!File.Exists(path)) await Task.Delay(s_interval, cancellationToken);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file);
        string pending = "";
        while (true)
        {
            pending += await reader.ReadToEndAsync(cancellationToken);
            for (int end; (end = pending.IndexOf('\n', StringComparison.Ordinal)) >= 0; pending = pending[(end + 1)..]) yield return pending[..end];
            await Task.Delay(s_interval, cancellationToken);
        }
    }

    public void Dispose() => _writer.Dispose();
}
