using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipes;
using System.Text.Json;

namespace BerOfChat.Browser;

/// <summary>The DevTools protocol over two pipes: JSON, each message ended by a zero byte. No port is open and no packet sent for it.</summary>
internal sealed class DevTools : IAsyncDisposable
{
    private readonly AnonymousPipeServerStream _commands = new(PipeDirection.Out, HandleInheritability.Inheritable);
    private readonly AnonymousPipeServerStream _replies = new(PipeDirection.In, HandleInheritability.Inheritable);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _calls = [];
    private Task _reading = Task.CompletedTask;
    private int _lastId;

    /// <summary>Raised for every event: session, name, parameters. Handlers must be quick.</summary>
    public event Action<string, string, JsonElement>? EventReceived;

    /// <summary>The descriptors that the browser must find as 3 and 4.</summary>
    public (string Commands, string Replies) ClientHandles => (_commands.GetClientHandleAsString(), _replies.GetClientHandleAsString());

    /// <summary>The browser has inherited its ends: lets go of ours, so that its end is noticed, and begins.</summary>
    public void Begin()
    {
        _commands.DisposeLocalCopyOfClientHandle();
        _replies.DisposeLocalCopyOfClientHandle();
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Calls a method and returns its result.</summary>
    /// <exception cref="PeerException">The browser refuses, or is gone.</exception>
    public async Task<JsonElement> CallAsync(string method, object parameters, string? session, CancellationToken cancellationToken)
    {
        int id = Interlocked.Increment(ref _lastId);
        TaskCompletionSource<JsonElement> reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = reply;
        try
        {
            byte[] command = JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters, sessionId = session }, s_options);
            await _writing.WaitAsync(cancellationToken);
            try
            {
                await _commands.WriteAsync((byte[])[.. command, 0], cancellationToken);
            }
            finally
            {
                _writing.Release();
            }

            if (_reading.IsCompleted) reply.TrySetException(new PeerException("The browser is gone."));
            return await reply.Task.WaitAsync(cancellationToken);
        }
        catch (IOException)
        {
            throw new PeerException("The browser is gone.");
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    /// <summary>Call it when the browser has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _commands.DisposeAsync();
        await _reading;
        await _replies.DisposeAsync();
        _writing.Dispose();
    }

    private static readonly JsonSerializerOptions s_options = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private async Task ReadAsync()
    {
        ArrayBufferWriter<byte> message = new();
        byte[] buffer = new byte[65_536];
        while (await _replies.ReadAsync(buffer) is > 0 and int length)
        {
            ReadOnlyMemory<byte> rest = buffer.AsMemory(0, length);
            while (rest.Span.IndexOf((byte)0) is >= 0 and int end)
            {
                message.Write(rest.Span[..end]);
                Handle(JsonSerializer.Deserialize<JsonElement>(message.WrittenSpan));
                message.ResetWrittenCount();
                rest = rest[(end + 1)..];
            }

            message.Write(rest.Span);
        }

        foreach (TaskCompletionSource<JsonElement> call in _calls.Values) call.TrySetException(new PeerException("The browser is gone."));
    }

    private void Handle(JsonElement message)
    {
        if (!message.TryGetProperty("id", out JsonElement id))
        {
            string session = message.TryGetProperty("sessionId", out JsonElement value) ? value.GetString()! : "";
            EventReceived?.Invoke(session, message.GetProperty("method").GetString()!, message.GetProperty("params"));
            return;
        }

        if (!_calls.TryRemove(id.GetInt32(), out TaskCompletionSource<JsonElement>? call)) return;
        if (message.TryGetProperty("error", out JsonElement error)) call.TrySetException(new PeerException(error.GetProperty("message").GetString()!));
        else call.TrySetResult(message.GetProperty("result"));
    }
}
