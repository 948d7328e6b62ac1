using System.Threading.Channels;

namespace BerOfChat.Client;

/// <summary>Runs the application's event handlers: one at a time, in order, never on a thread or under a lock of ours.</summary>
internal sealed class EventDispatcher : IAsyncDisposable
{
    private readonly Channel<Action> _events = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly AsyncLocal<bool> _isInside = new();
    private readonly Task _running;

    public EventDispatcher() => _running = Task.Run(RunAsync);

    public void Post(Action raise) => _events.Writer.TryWrite(raise);

    /// <summary>Runs what was posted and ends. From inside a handler it does not wait for itself.</summary>
    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        if (!_isInside.Value) await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        _isInside.Value = true;
        await foreach (Action raise in _events.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                raise();
            }
#pragma warning disable CA1031 // A handler that throws is the application's mistake and must not stop the others.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }
}
