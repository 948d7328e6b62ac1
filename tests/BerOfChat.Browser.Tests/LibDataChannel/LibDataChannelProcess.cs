using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;

namespace BerOfChat.Browser;

/// <summary>libdatachannel as Node loads it, with a network of its own.</summary>
internal sealed class LibDataChannelProcess : IAsyncDisposable
{
    private readonly PeerProcess _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _calls = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private Channel<string> _candidates = Channel.CreateUnbounded<string>();
    private int _lastId;

    private LibDataChannelProcess(PeerProcess process)
    {
        _process = process;
        _reading = Task.Run(ReadAsync);
    }

    public PeerNetwork Network => _process.Network;

    public PacketWatch Watch => _process.Watch!;

    public string Errors => _process.Errors;

    /// <summary>Why it cannot run here; null when it should be possible.</summary>
    public static string? FindObstacle()
    {
        if (Tool.Find("node") is null) return "Node is not installed (Debian: apt-get install nodejs npm).";
        return Directory.Exists(Path.Combine(Folder, "node_modules")) ? null : "libdatachannel is not installed: npm ci in tests/BerOfChat.Browser.Tests/LibDataChannel.";
    }

    public static async Task<LibDataChannelProcess> StartAsync()
    {
        PeerProcess process = await PeerProcess.StartAsync(ownsNetwork: true, "2>&2", Path.GetTempPath(), [Tool.Find("node")!, Path.Combine(Folder, "host.mjs")], () => { });
        LibDataChannelProcess result = new(process);
        await result.EvaluateAsync(PeerScript.Text, CancellationToken.None);
        return result;
    }

    /// <summary>A peer for one pair; there is one at a time.</summary>
    public IPeerScript OpenPeer()
    {
        _candidates = Channel.CreateUnbounded<string>();
        return new Peer(this, _candidates);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _reading;
        _writing.Dispose();
    }

    private static string Folder
    {
        get
        {
            DirectoryInfo? directory = new(AppContext.BaseDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "BerOfChat.Sdk.sln"))) directory = directory.Parent;
            return Path.Combine(directory?.FullName ?? "", "tests", "BerOfChat.Browser.Tests", "LibDataChannel");
        }
    }

    private async Task<JsonElement> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        int id = Interlocked.Increment(ref _lastId);
        TaskCompletionSource<JsonElement> reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = reply;
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _process.Input.WriteLineAsync(JsonSerializer.Serialize(new { id, expression }));
            await _process.Input.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            throw new PeerException($"libdatachannel is gone: {Errors}");
        }
        finally
        {
            _writing.Release();
        }

        if (_reading.IsCompleted) reply.TrySetException(new PeerException($"libdatachannel is gone: {Errors}"));
        return await reply.Task.WaitAsync(cancellationToken);
    }

    private async Task ReadAsync()
    {
        await foreach (string line in ReadLinesAsync())
        {
            JsonElement message = JsonSerializer.Deserialize<JsonElement>(line);
            if (message.TryGetProperty("candidate", out JsonElement candidate))
            {
                if (candidate.GetString() is { Length: > 0 } text) _candidates.Writer.TryWrite(text);
                else _candidates.Writer.TryComplete();
            }
            else if (_calls.TryRemove(message.GetProperty("id").GetInt32(), out TaskCompletionSource<JsonElement>? call))
            {
                if (message.TryGetProperty("error", out JsonElement error)) call.TrySetException(new PeerException(error.GetString()!));
                else call.TrySetResult(message.GetProperty("value"));
            }
        }

        foreach (TaskCompletionSource<JsonElement> call in _calls.Values) call.TrySetException(new PeerException($"libdatachannel is gone: {Errors}"));
    }

    private async IAsyncEnumerable<string> ReadLinesAsync()
    {
        while (true)
        {
            string? line;
            try
            {
                line = await _process.Output.ReadLineAsync();
            }
            catch (ObjectDisposedException)
            {
                yield break;
            }

            if (line is null) yield break;
            yield return line;
        }
    }

    private sealed class Peer(LibDataChannelProcess process, Channel<string> candidates) : IPeerScript
    {
        public IAsyncEnumerable<string> ReadCandidatesAsync(CancellationToken cancellationToken) => candidates.Reader.ReadAllAsync(cancellationToken);

        public Task<JsonElement> CallAsync(string function, object?[] arguments, CancellationToken cancellationToken) =>
            process.EvaluateAsync(PeerScript.Call(function, arguments), cancellationToken);

        public async ValueTask DisposeAsync()
        {
            candidates.Writer.TryComplete();
            try
            {
                await CallAsync("end", [], CancellationToken.None);
            }
            catch (PeerException)
            {
                // It is gone already.
            }
        }
    }
}
