using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>
/// A connection to one TURN server over TCP or TLS, through a proxy where there is one. Connecting, reading and writing are asynchronous; the loop meets them at two pipes.
/// </summary>
/// <remarks>
/// It carries datagrams, so it never makes the loop wait: frames that find no room are dropped and counted, as a network does. In the other direction what the loop does not read is not
/// read from the network either, and the server drops what is too much.
/// </remarks>
internal sealed class StreamLink : IDisposable
{
    /// <summary>So many bytes wait to be sent; what comes on top is dropped.</summary>
    public const int MaxQueuedBytes = 256 * 1024;

    /// <summary>So many bytes wait for the loop; then nothing more is read.</summary>
    public const int MaxUnreadBytes = 256 * 1024;

    private const int ReadSize = 4096;

    /// <summary>What a record of TLS carries.</summary>
    private const int WriteSize = 16 * 1024;

    /// <summary>How long the last frames may take after the end.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly StreamLinkOptions _options;
    private readonly IStreamLinkObserver _observer;
    private readonly Pipe _incoming = new(new PipeOptions(pauseWriterThreshold: MaxUnreadBytes, resumeWriterThreshold: MaxUnreadBytes / 2, minimumSegmentSize: ReadSize, useSynchronizationContext: false));
    private readonly Pipe _outgoing = new(new PipeOptions(pauseWriterThreshold: 0, minimumSegmentSize: WriteSize, useSynchronizationContext: false));
    private readonly CancellationTokenSource _connecting = new();
    private readonly CancellationTokenSource _stop;
    private long _queuedBytes;
    private long _droppedFrames;
    private bool _isMalformed;
    private bool _isDisposed;
    private bool _isOver;

    private StreamLink(int id, StreamServer server, StreamLinkOptions options, IStreamLinkObserver observer)
    {
        Id = id;
        Server = server;
        _options = options;
        _observer = observer;
        _stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.TimeProvider);
    }

    public int Id { get; }

    public StreamServer Server { get; }

    /// <summary>Frames that found no room, or were too large for a datagram.</summary>
    public long DroppedFrames => Interlocked.Read(ref _droppedFrames);

    /// <summary>Ends when everything is released; never fails.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    private bool IsDisposed
    {
        get
        {
            lock (_gate) return _isDisposed;
        }
    }

    /// <summary>Begins to connect.</summary>
    public static StreamLink Open(int id, StreamServer server, StreamLinkOptions options, IStreamLinkObserver observer)
    {
        StreamLink link = new(id, server, options, observer);
        link.Ended = Task.Run(link.RunAsync);
        return link;
    }

    /// <summary>Takes whole frames of one size; the last one may be shorter. Never waits.</summary>
    public void Send(ReadOnlySpan<byte> frames, int frameSize)
    {
        lock (_gate)
        {
            int fits = _isDisposed || _isOver ? 0 : CountFitting(frames.Length, frameSize);
            if (fits < frames.Length) _droppedFrames += (frames.Length - fits + frameSize - 1) / frameSize;
            if (fits == 0) return;
            Interlocked.Add(ref _queuedBytes, fits);
            _outgoing.Writer.Write(frames[..fits]);
            // Without a threshold there is nothing to wait for.
            ValueTask<FlushResult> flushed = _outgoing.Writer.FlushAsync();
            Debug.Assert(flushed.IsCompletedSuccessfully);
        }
    }

    /// <summary>Takes the next whole frame, if one is there.</summary>
    /// <param name="buffer">Where it goes. A frame that is larger is dropped and counted: it carries more than a datagram.</param>
    /// <param name="length">Its length.</param>
    public bool TryReceive(Span<byte> buffer, out int length)
    {
        lock (_gate)
        {
            while (!_isDisposed && !_isMalformed && _incoming.Reader.TryRead(out ReadResult result))
            {
                ReadOnlySequence<byte> unread = result.Buffer;
                if (!TryFindFrame(unread, out length))
                {
                    _incoming.Reader.AdvanceTo(unread.Start, unread.End);
                    if (_isMalformed && !_isOver) _ = _stop.CancelAsync();
                    break;
                }

                bool fits = length <= buffer.Length;
                if (fits) unread.Slice(0, length).CopyTo(buffer);
                else _droppedFrames++;
                _incoming.Reader.AdvanceTo(unread.GetPosition(length));
                if (fits) return true;
            }
        }

        length = 0;
        return false;
    }

    /// <summary>What was sent before still leaves, for a moment; nothing is received any more. From any thread, as often as one likes.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _incoming.Reader.Complete();
            _outgoing.Writer.Complete();
            if (_isOver) return;
            _stop.CancelAfter(s_farewell);
            // Continuations do not run here, under the lock of a loop's thread.
            _ = _connecting.CancelAsync();
        }
    }

    private int CountFitting(int length, int frameSize)
    {
        long room = MaxQueuedBytes - Interlocked.Read(ref _queuedBytes);
        return length <= room ? length : (int)(room / frameSize) * frameSize;
    }

    private bool TryFindFrame(in ReadOnlySequence<byte> unread, out int length)
    {
        Span<byte> header = stackalloc byte[TurnFrameReader.HeaderSize];
        int known = (int)Math.Min(unread.Length, header.Length);
        unread.Slice(0, known).CopyTo(header);
        _isMalformed = TurnFrameReader.Read(header[..known], out length) == TurnFrameStatus.Invalid;
        return length > 0 && unread.Length >= length;
    }

    private async Task RunAsync()
    {
        StreamLinkFailure failure;
        try
        {
            Stream stream = await new StreamConnector(_options).ConnectAsync(Server, _connecting.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false)) failure = await CarryAsync(stream).ConfigureAwait(false);
        }
        catch (StreamLinkException e)
        {
            failure = e.Failure;
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            failure = s_closed;
        }
        catch (Exception e)
        {
            // Code of the application may stand behind a proxy, and that of a platform behind TLS.
            failure = new StreamLinkFailure(StreamLinkFailureKind.Closed, $"The connection to the server could not be made ({e.GetType().Name}).");
        }

        End(failure);
    }

    private async Task<StreamLinkFailure> CarryAsync(Stream stream)
    {
        if (!IsDisposed) _observer.OnOpened(this);
        Task<StreamLinkFailure> receiving = ReceiveAsync(stream);
        Task writing = WriteAsync(stream);
        await Task.WhenAny(receiving, writing).ConfigureAwait(false);
        if (!IsDisposed) await _stop.CancelAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(false);
        if (IsDisposed) await ShutDownAsync(stream, _stop.Token).ConfigureAwait(false);
        return await receiving.ConfigureAwait(false);
    }

    private async Task<StreamLinkFailure> ReceiveAsync(Stream stream)
    {
        try
        {
            while (await stream.ReadAsync(_incoming.Writer.GetMemory(ReadSize), _stop.Token).ConfigureAwait(false) is > 0 and int received)
            {
                // After the end it is read all the same: bytes that nobody has read would make the system break the connection, with what is still on its way to the server.
                if (IsDisposed) continue;
                _incoming.Writer.Advance(received);
                ValueTask<FlushResult> room = _incoming.Writer.FlushAsync(_stop.Token);
                _observer.OnReadable(this);
                await room.ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            // As good as an orderly end: datagrams may get lost.
        }

        lock (_gate) return _isMalformed ? s_malformed : s_closed;
    }

    private async Task WriteAsync(Stream stream)
    {
        PipeReader reader = _outgoing.Reader;
        try
        {
            ReadResult result;
            do
            {
                result = await reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> part in result.Buffer) await stream.WriteAsync(part, _stop.Token).ConfigureAwait(false);
                Interlocked.Add(ref _queuedBytes, -result.Buffer.Length);
                reader.AdvanceTo(result.Buffer.End);
            }
            while (!result.IsCompleted);
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            // Reading ends too, and says so.
        }
    }

    // Says that nothing more comes, so that the server answers with its own end once it has read everything.
    private static async Task ShutDownAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            if (stream is SslStream secured) await secured.ShutdownAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            else if (stream is NetworkStream plain) plain.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (IsLinkLost(e))
        {
            // It has ended already.
        }
    }

    private void End(StreamLinkFailure failure)
    {
        lock (_gate)
        {
            _isOver = true;
            _incoming.Writer.Complete();
            _outgoing.Reader.Complete();
        }

        _connecting.Dispose();
        _stop.Dispose();
        if (!IsDisposed) _observer.OnClosed(this, failure);
    }

    private static readonly StreamLinkFailure s_closed = new(StreamLinkFailureKind.Closed, "The server, or the proxy before it, has closed the connection.");

    private static readonly StreamLinkFailure s_malformed = new(StreamLinkFailureKind.Malformed, "What the server sends is no TURN. Is it a TURN server that listens at this port?");

    private static bool IsLinkLost(Exception e) => e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
