using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace BerOfChat.EndToEnd;

/// <summary>A ConsoleChat process with its lines.</summary>
internal sealed class ChatProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;
    private int _lineStart;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChatProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, e) =>
        {
            lock (_lines) _errors.AppendLine(e.Data);
        };
        process.BeginErrorReadLine();
        _reading = ReadAsync(process.StandardOutput);
    }

    /// <summary>What others call this one.</summary>
    public string NameOfSelf => Lines.First(line => line.StartsWith("you You are ", StringComparison.Ordinal)).Split(' ')[3];

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

    public static ChatProcess Start(params IEnumerable<string> arguments) => Run("dotnet", [Program, .. arguments]);

    /// <summary>The same with a terminal: what is typed are keys, and the shell's report of the terminal and the exit code follow.</summary>
    public static ChatProcess StartInTerminal(int rows, params IEnumerable<string> arguments)
    {
        string command = string.Join(' ', arguments.Prepend(Program).Select(argument => $"'{argument}'"));
        // Ctrl+C goes to the shell too: it must live on and tell the exit code. What runs in the background of a script ignores
        // Ctrl+C, and so does all that it starts, except what asks for the default.
        string script = $"trap : INT; stty cols 200 rows {rows}; env --default-signal=INT dotnet {command}; echo \"exit $?\"; stty -a";
        return Run("script", ["-qec", script, "/dev/null"], shell: "/bin/sh");
    }

    /// <summary>The sample server at a free port of this machine.</summary>
    public static ChatProcess StartSignalingServer() => Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "SignalingServer.dll"), "--urls", "http://127.0.0.1:0"]);

    public void Type(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Presses keys without Enter.</summary>
    public void Press(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>The first line, from the beginning on, that fits.</summary>
    public Task<string> WaitForAsync(Func<string, bool> fits, CancellationToken cancellationToken, [CallerArgumentExpression(nameof(fits))] string what = "", int from = 0) =>
        WaitForNthAsync(1, fits, cancellationToken, what, from);

    /// <summary>The first, second, … line that fits.</summary>
    public async Task<string> WaitForNthAsync(int number, Func<string, bool> fits, CancellationToken cancellationToken, [CallerArgumentExpression(nameof(fits))] string what = "", int from = 0)
    {
        string? found = null;
        await WaitAsync(() => (found = _lines.Skip(from).Where(fits).ElementAtOrDefault(number - 1)) is not null, what, cancellationToken);
        return found!;
    }

    /// <summary>Waits until the output contains a text so many times, complete lines or not.</summary>
    public Task WaitForOutputAsync(string text, int times, CancellationToken cancellationToken) =>
        WaitAsync(() => _output.ToString().Split(text).Length > times, text, cancellationToken);

    /// <summary>Ends the process as the system would: without a chance to say or write anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "ConsoleChat.dll");

    private static ChatProcess Run(string program, IEnumerable<string> arguments, string? shell = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        if (shell is not null) start.Environment["SHELL"] = shell;
        return new ChatProcess(Process.Start(start)!);
    }

    private async Task WaitAsync(Func<bool> isThere, string what, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task news;
            lock (_lines)
            {
                if (isThere()) return;
                news = _news.Task;
            }

            try
            {
                await news.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                lock (_lines) throw new TimeoutException($"Nothing fits {what}. Output:\n{_output}\nErrors:\n{_errors}");
            }
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            TaskCompletionSource news;
            lock (_lines)
            {
                _output.Append(buffer, 0, count);
                string rest = _output.ToString(_lineStart, _output.Length - _lineStart);
                for (int end; (end = rest.IndexOf('\n', StringComparison.Ordinal)) >= 0; rest = rest[(end + 1)..])
                {
                    _lines.Add(rest[..end].TrimEnd('\r'));
                    _lineStart += end + 1;
                }

                news = _news;
                _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            news.SetResult();
        }
    }
}
