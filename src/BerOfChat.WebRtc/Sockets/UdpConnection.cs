using System.Net;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>A connection on its loop: owns the sockets and the core, which only the loop's thread touches. Everybody else posts.</summary>
#pragma warning disable CA1001 // EndAsync releases everything, on the loop's thread.
internal sealed class UdpConnection : ILoopClient
#pragma warning restore CA1001
{
    /// <summary>So much is read from a socket in a turn, and so much is sent: others wait for their turn, and what was sent waits to be read.</summary>
    private const int MaxBytesPerTurn = 128 * 1024;

    private const int MaxDatagramsPerCall = 54;

    /// <summary>What one call may send: the payload of a UDP datagram.</summary>
    private const int MaxBytesPerCall = 65_507;

    private const int MaxReceivesPerTurn = 128;

    /// <summary>More than a machine has addresses; those that are opened for new credentials are among them.</summary>
    private const int MaxSockets = 64;
    private const int BulkBytes = 1024;
    private const int CreditBatch = 64 * 1024;

    private readonly EventLoop _loop = LoopPool.Shared.Take();
    private readonly LoopSeat _seat;
    private readonly Lock _gate = new();
    private readonly DtlsCertificate _certificate;
    private readonly PeerConnectionCore _core;
    private readonly IConnectionObserver _observer;
    private readonly PeerConnectionOptions _options;
    private readonly StreamLinks? _streams;
    private readonly ServerAccess? _servers;
    private readonly List<UdpLink> _links = [];
    private readonly List<ConnectionEvent> _ends = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MessageOutbox _outbox = new();
    private readonly HashSet<DataChannel> _sending = [];
    private Queue<Action<MonotonicTime>> _posted = [];
    private Queue<Action<MonotonicTime>> _running = [];
    private int _credit;
    private bool _isEnding;
    private volatile bool _isLeaving;

    public UdpConnection(IConnectionObserver observer, PeerConnectionOptions options)
    {
        _observer = observer;
        _options = options;
        if (options.IceServers.Count > 0)
        {
            _streams = new StreamLinks(new StreamLinkOptions { Proxy = options.Proxy, RequiresProxy = options is { Proxy: not null, IceTransportPolicy: IceTransportPolicy.Relay }, TrustedRoots = options.TrustedRoots, TimeProvider = options.TimeProvider }, action => Post((_, now) => action(now)), () => _seat!.RequestTurn());
            _servers = new ServerAccess(options, _streams, OpenBeside, Post);
        }

        _certificate = DtlsCertificate.Create(CryptographicRandomSource.Instance, options.TimeProvider.GetUtcNow());
        _core = new PeerConnectionCore(CryptographicRandomSource.Instance, new DtlsHandshake(_certificate, CryptographicRandomSource.Instance), _certificate.Sha256Fingerprint, options.MaxMessageSize)
        {
            PathTimeout = options.PathTimeout,
            ConsentTimeout = options.ConsentTimeout,
            UseSnap = options.UseSnap,
            HidesPrivateAddresses = options.HidePrivateAddresses,
            IsRelayOnly = options.IceTransportPolicy == IceTransportPolicy.Relay,
        };
        _seat = new LoopSeat(_loop, this);
    }

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    public MonotonicTime? NextTimeout => _core.NextTimeout;

    public bool IsInUse => _core.DtlsState == DtlsState.Connected && !_isLeaving;

    /// <summary>Runs an action on the loop's thread, in order; does nothing once the connection has ended.</summary>
    public void Post(Action<PeerConnectionCore, MonotonicTime> action) => PostTurn(now =>
    {
        if (!_isEnding) action(_core, now);
    });

    /// <summary>Runs a function on the loop's thread and returns its result.</summary>
    public Task<T> InvokeAsync<T>(Func<PeerConnectionCore, MonotonicTime, T> function, CancellationToken cancellationToken)
    {
        TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool accepted = PostTurn(now =>
        {
            if (_isEnding)
            {
                completion.TrySetException(new ObjectDisposedException(nameof(PeerConnection)));
                return;
            }

            try
            {
                completion.TrySetResult(function(_core, now));
            }
            catch (Exception e)
            {
                completion.TrySetException(e);
            }
        });
        if (!accepted) completion.TrySetException(new ObjectDisposedException(nameof(PeerConnection)));
        return completion.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Sends a message of a channel, before anything that is posted later; the bytes are copied.</summary>
    public void Send(DataChannel channel, DataChannelMessageKind kind, ReadOnlySpan<byte> message)
    {
        _outbox.Add(channel, kind, message);
        _seat.RequestTurn();
    }

    /// <summary>The application has taken this much from a channel.</summary>
    public void Consume(int charge)
    {
        if (Interlocked.Add(ref _credit, charge) >= CreditBatch) _seat.RequestTurn();
    }

    /// <summary>Opens the sockets, reports them as candidates, and asks the servers. On the loop's thread only.</summary>
    public void Gather(MonotonicTime now)
    {
        if (NeedsSockets()) OpenSockets();
        _servers?.Begin(_core, now);
        foreach (UdpLink link in _links) _seat.Watch(link.Socket, link.Id);
        foreach (UdpLink link in _links) _core.AddLocalAddress(link.Id, link.LocalAddress, now);
        _core.EndOfLocalAddresses(now);
    }

    /// <summary>Tells the peer, closes everything, and returns when the loop has let go.</summary>
    public async Task EndAsync()
    {
        _isLeaving = true;
        PostTurn(_ => End());
        await _ended.Task.ConfigureAwait(false);
        // What relays that are reached over TCP are told last leaves a moment later.
        if (_streams is not null) await _streams.Ended.ConfigureAwait(false);
    }

    public void HandleReadable(int linkId, MonotonicTime now)
    {
        if (_isEnding) return;
        UdpLink link = _links[linkId];
        int handled = 0, calls = 0;
        // To ask once more and find nothing costs as much as to receive: where one was there the last time, one is expected.
        while (handled < MaxBytesPerTurn && calls < link.ExpectedReceives && link.TryReceive(_loop.Buffer, out int length, out int segment, out TransportAddress source))
        {
            BytesReceived += length;
            calls++;
            handled += length;
            for (int offset = 0; offset < length; offset += segment)
                _core.HandleDatagram(linkId, source, _loop.Buffer.AsSpan(offset, Math.Min(segment, length - offset)), now);
        }

        // A small message now and then comes alone.
        if (calls < link.ExpectedReceives) link.ExpectedReceives = Math.Max(1, calls);
        else if (handled >= BulkBytes) link.ExpectedReceives = Math.Min(calls * 2, MaxReceivesPerTurn);
    }

    public bool RunTurn(MonotonicTime now)
    {
        bool hasMoreFrames = !_isEnding && ReceiveFrames(now);
        SendPosted(now);
        RunPosted(now);
        if (_isEnding) return false;
        if (Interlocked.Exchange(ref _credit, 0) is > 0 and int credit) _core.Channels.Consume(credit);
        if (_core.NextTimeout <= now)
        {
            _core.HandleTimeout(now);
            _outbox.Trim();
        }

        return Drain(now) || hasMoreFrames;
    }

    public void HandleFault(Exception exception)
    {
        _observer.OnEvent(_core, new ConnectionEvent(ConnectionEventKind.StateChanged, $"An internal error ({exception.GetType().Name}) has ended the connection.", PeerConnectionState.Failed, WebRtcErrorCode.ConnectionLost));
        Release();
    }

    // With relays only, and those reached by streams only, there is nothing that a socket could be used for.
    private bool NeedsSockets() => !_core.IsRelayOnly || (_options.Proxy is null && _options.IceServers.Any(static s => s.Endpoints.Any(static e => e is { IsTurn: true, IsStream: false })));

    private void OpenSockets()
    {
        foreach (IPAddress address in LocalAddresses.For(_options))
        {
            if (UdpLink.TryOpen(address, _links.Count) is { } link) _links.Add(link);
        }

        if (_links.Count == 0) throw new WebRtcException(WebRtcErrorCode.NoLocalAddress, "No UDP socket could be opened on any local address. Is the machine on a network, and are the addresses to bind its own?");
    }

    private int? OpenBeside(int linkId)
    {
        if (StreamLinks.IsLink(linkId) || _links.Count == MaxSockets || UdpLink.TryOpen(_links[linkId].LocalAddress.ToIPAddress(), _links.Count) is not { } link) return null;
        _links.Add(link);
        _seat.Watch(link.Socket, link.Id);
        return link.Id;
    }

    private bool ReceiveFrames(MonotonicTime now)
    {
        if (_streams is null) return false;
        int received = _streams.Receive(_core, _loop.Buffer, MaxBytesPerTurn, now);
        BytesReceived += received;
        return received >= MaxBytesPerTurn;
    }

    private bool Drain(MonotonicTime now)
    {
        bool hasMore = Send(MaxBytesPerTurn, now);
        Report();
        ReportBuffered();
        _observer.OnTurnEnd(_core);
        return hasMore;
    }

    private void SendPosted(MonotonicTime now)
    {
        Queue<PostedMessage> messages = _outbox.TakeAll();
        DataChannel? channel = null;
        int queued = 0;
        while (messages.TryDequeue(out PostedMessage message))
        {
            if (message.Channel != channel)
            {
                channel?.OnQueued(queued);
                channel = message.Channel;
                queued = 0;
                _sending.Add(channel);
            }

            _core.Channels.Send(channel.Handle, message.Kind, message.IsEmpty, message.Payload, now);
            queued += message.Payload.Length;
        }

        channel?.OnQueued(queued);
    }

    private void ReportBuffered()
    {
        foreach (DataChannel channel in _sending)
        {
            long buffered = _core.Channels.GetBufferedAmount(channel.Handle);
            channel.OnBuffered(buffered);
            if (buffered == 0) _sending.Remove(channel);
        }
    }

    // A channel is announced before its first message, and closed after its last one.
    private void Report()
    {
        while (_core.TryReadEvent(out ConnectionEvent e))
        {
            if (e.IsEnd) _ends.Add(e);
            else if (e.Kind == ConnectionEventKind.CredentialsRefused) _servers?.RenewCredentials(e.Server);
            else _observer.OnEvent(_core, e);
        }

        while (_core.Channels.TryReadMessage(out ReceivedMessage message)) _observer.OnMessage(message);
        foreach (ConnectionEvent end in _ends) _observer.OnEvent(_core, end);
        _ends.Clear();
    }

    // Datagrams of one size that go the same way leave in one call; a shorter one may be the last of them. Returns whether there may be more.
    private bool Send(int maxBytes, MonotonicTime now)
    {
        IceRoute route = default;
        int start = 0, end = 0, segment = 0, total = 0;
        Span<byte> buffer = _loop.Buffer.AsSpan(0, MaxBytesPerCall);
        while (total < maxBytes && _core.WriteDatagram(buffer[end..], out IceRoute next, now) is > 0 and int length)
        {
            total += length;
            if (end > start && (next != route || length > segment || _core.IsProbe))
            {
                Send(route, start, end, segment);
                start = end;
            }

            if (start == end) (route, segment) = (next, length);
            end += length;
            if (!_core.IsProbe && length == segment && end - start <= segment * (MaxDatagramsPerCall - 1) && buffer.Length - end >= _core.NextDatagramSize) continue;
            Send(route, start, end, segment, isWhole: _core.IsProbe);
            start = end = 0;
        }

        if (end > start) Send(route, start, end, segment);
        return total >= maxBytes;
    }

    private void Send(IceRoute route, int start, int end, int segment, bool isWhole = false)
    {
        BytesSent += end - start;
        ReadOnlySpan<byte> datagrams = _loop.Buffer.AsSpan(start, end - start);
        if (StreamLinks.IsLink(route.SocketId)) _streams!.Send(route.SocketId, datagrams, segment);
        else if (isWhole) _links[route.SocketId].SendWhole(datagrams, route.Remote);
        else _links[route.SocketId].Send(datagrams, segment, route.Remote);
    }

    private void End()
    {
        if (_isEnding) return;
        MonotonicTime now = _loop.Now;
        SendPosted(now);
        Send(int.MaxValue, now);
        _core.Close();
        while (_core.WriteFarewell(_loop.Buffer, out IceRoute route, now) is > 0 and int length) Send(route, 0, length, length);
        Report();
        Release();
    }

    private void Release()
    {
        lock (_gate)
        {
            if (_isEnding) return;
            _isEnding = true;
        }

        _seat.Leave();
        _servers?.Cancel();
        _streams?.Dispose();
        LoopPool.Shared.Return(_loop);
        foreach (UdpLink link in _links)
        {
            _seat.Unwatch(link.Socket);
            link.Dispose();
        }

        _core.Dispose();
        _certificate.Dispose();
        RunPosted(_loop.Now);
        _ended.TrySetResult();
    }

    // Also runs what was posted too late: whoever waits for it is told that the connection has ended.
    private void RunPosted(MonotonicTime now)
    {
        do
        {
            while (_running.TryDequeue(out Action<MonotonicTime>? action)) action(now);
            lock (_gate) (_posted, _running) = (_running, _posted);
        }
        while (_running.Count > 0 && _isEnding);

        while (_running.TryDequeue(out Action<MonotonicTime>? action)) action(now);
    }

    private bool PostTurn(Action<MonotonicTime> action)
    {
        lock (_gate)
        {
            if (_isEnding) return false;
            _posted.Enqueue(action);
        }

        _seat.RequestTurn();
        return true;
    }
}

/// <summary>Who hears of a connection's events, on the loop's thread: must not block and must not run code of the application.</summary>
internal interface IConnectionObserver
{
    void OnEvent(PeerConnectionCore core, ConnectionEvent e);

    void OnMessage(in ReceivedMessage message);

    /// <summary>All outputs of a turn were handed over.</summary>
    void OnTurnEnd(PeerConnectionCore core);
}
