using System.Threading.Channels;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc.Tests.Links;

/// <summary>Who owns a link in a test: waits for what it reports, and takes frames as a loop does.</summary>
internal sealed class LinkWatch : IStreamLinkObserver
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<StreamLinkFailure> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _readable = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly byte[] _buffer = new byte[ushort.MaxValue];

    public int Calls { get; private set; }

    public Task OpenedAsync() => _opened.Task.WaitAsync(TestContext.Current.CancellationToken);

    public Task<StreamLinkFailure> ClosedAsync() => _closed.Task.WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>The next frame.</summary>
    public async Task<byte[]> ReceiveAsync(StreamLink link)
    {
        int length;
        while (!link.TryReceive(_buffer, out length)) await _readable.Reader.ReadAsync(TestContext.Current.CancellationToken);
        return _buffer[..length];
    }

    public void OnOpened(StreamLink link)
    {
        Calls++;
        _opened.TrySetResult();
    }

    public void OnReadable(StreamLink link)
    {
        Calls++;
        _readable.Writer.TryWrite(true);
    }

    public void OnClosed(StreamLink link, StreamLinkFailure failure)
    {
        Calls++;
        _closed.TrySetResult(failure);
        _opened.TrySetException(new StreamLinkException(failure));
        _ = _opened.Task.Exception;
    }
}
