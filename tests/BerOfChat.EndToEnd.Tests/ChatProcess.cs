using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace BerOfChat.EndToEnd;

/// <summary>A ConsoleChat process with its lines.</summary>
internal sealed class ChatProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly StringBuilder _errors = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChatProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) =>
        {
            lock (_lines) _errors.AppendLine(e.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int ExitCode => _process.ExitCode;

    public string Errors
    {
        get
        {
            lock (_lines) return _errors.ToString();
        }
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public static ChatProcess Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ConsoleChat.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return new ChatProcess(Process.Start(start)!);
    }

    public void Type(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>The first line, from the beginning on, that fits.</summary>
    public async Task<string> WaitForAsync(Func<string, bool> fits, CancellationToken cancellationToken, [CallerArgumentExpression(nameof(fits))] string what = "")
    {
        while (true)
        {
            Task news;
            lock (_lines)
            {
                if (_lines.Find(line => fits(line)) is { } found) return found;
                news = _news.Task;
            }

            try
            {
                await news.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"No line fits {what}. Output:\n{string.Join('\n', Lines)}\nErrors:\n{Errors}");
            }
        }
    }

    /// <summary>Ends the process as the system would: without a chance to say or write anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        TaskCompletionSource news;
        lock (_lines)
        {
            if (line is not null) _lines.Add(line);
            news = _news;
            _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        news.SetResult();
    }
}
