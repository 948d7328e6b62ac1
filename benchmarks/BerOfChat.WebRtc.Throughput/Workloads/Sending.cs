namespace BerOfChat.WebRtc.Throughput.Workloads;

/// <summary>Sends numbered messages as fast as the channel takes them; SendAsync waits while 1 MiB is queued.</summary>
internal sealed class Sending(DataChannel channel, MessageSizes sizes) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task<ulong> _sending = Task.FromResult(0UL);

    public void Start() => _sending = Task.Run(SendAsync);

    /// <summary>Ends the sending and returns how many messages were sent.</summary>
    public async Task<ulong> StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        return await _sending.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task<ulong> SendAsync()
    {
        CancellationToken stopping = _stopping.Token;
        byte[] buffer = LoadMessage.Create(sizes.Most);
        ulong sent = 0;
        // Looks at the token between messages: a cancelled SendAsync would leave open whether the message counts.
        for (; !stopping.IsCancellationRequested; sent++)
        {
            Memory<byte> message = buffer.AsMemory(0, sizes.At(sent));
            LoadMessage.Number(message.Span, sent);
            await channel.SendAsync(message, CancellationToken.None);
        }

        return sent;
    }
}
