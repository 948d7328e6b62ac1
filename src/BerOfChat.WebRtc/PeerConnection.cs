using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sdp;
using BerOfChat.WebRtc.Sockets;

namespace BerOfChat.WebRtc;

/// <summary>A WebRTC connection that carries data channels (W3C RTCPeerConnection). Members may be called from any thread; handlers of events run on the thread pool, one at a time.</summary>
/// <remarks>
/// One negotiation: the offerer calls <see cref="CreateOfferAsync"/> and <see cref="SetLocalDescriptionAsync"/>, the other side
/// <see cref="SetRemoteDescriptionAsync"/>, <see cref="CreateAnswerAsync"/> and <see cref="SetLocalDescriptionAsync"/>; both pass on what
/// <see cref="ReadLocalCandidatesAsync"/> yields. The certificate is new for each connection.
/// </remarks>
public sealed class PeerConnection : IAsyncDisposable
{
    private static readonly TimeSpan s_longestLifetime = TimeSpan.FromMilliseconds(ushort.MaxValue);

    private readonly PeerConnectionOptions _options;
    private readonly UdpConnection _inner;
    private readonly SerialDispatcher _dispatcher = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<int, DataChannel> _channels = [];
    private readonly Channel<string> _candidates = System.Threading.Channels.Channel.CreateUnbounded<string>();
    private readonly Channel<DataChannel> _announced = System.Threading.Channels.Channel.CreateUnbounded<DataChannel>();
    private readonly TaskCompletionSource _path = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebRtcException? _end;
    private string? _localSdp;
    private bool _isGathering;
    private int _announcedNameBytes;

    /// <summary>Makes a connection. Nothing is sent and no socket opened before a description is set.</summary>
    /// <param name="options">How it is made; null means the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range, or two do not fit each other.</exception>
    public PeerConnection(PeerConnectionOptions? options = null)
    {
        _options = options ?? new PeerConnectionOptions();
        _options.Validate();
        _inner = new UdpConnection(new Observer(this), _options);
        _ = _connected.Task.ContinueWith(static t => t.Exception, TaskScheduler.Default);
        _ = _path.Task.ContinueWith(static t => t.Exception, TaskScheduler.Default);
    }

    /// <summary>Raised at each change of <see cref="ConnectionState"/>, in order.</summary>
    public event EventHandler<ConnectionStateChangedEventArgs>? ConnectionStateChanged;

    /// <summary>Where the connection stands.</summary>
    public PeerConnectionState ConnectionState { get; private set; }

    /// <summary>SHA-256 of our certificate: 32 bytes; empty before a description was made.</summary>
    public ReadOnlyMemory<byte> LocalFingerprint { get; private set; }

    /// <summary>SHA-256 of the certificate whose key the peer has proven to hold; empty before <see cref="PeerConnectionState.Connected"/>.</summary>
    public ReadOnlyMemory<byte> RemoteFingerprint { get; private set; }

    internal long RemoteMaxMessageSize { get; private set; } = SdpDocument.OurMaxMessageSize;

    /// <summary>Makes a data channel. Channels made before the offer are open as soon as the connection is.</summary>
    /// <param name="label">Its name, at most 65,535 bytes of UTF-8.</param>
    /// <param name="init">How it is made; null means ordered and announced to the peer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">The id is in use, or there are 1,024 channels already.</exception>
    /// <exception cref="ArgumentException">Both limits are set; or a limit or a text is out of range.</exception>
    public async Task<DataChannel> CreateDataChannelAsync(string label, DataChannelInit? init = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(label);
        init ??= new DataChannelInit();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(label), ChannelOpenMessage.MaxTextSize, nameof(label));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(init.Protocol), ChannelOpenMessage.MaxTextSize, nameof(init));
        if (init is { MaxRetransmits: not null, MaxPacketLifeTime: not null }) throw new ArgumentException("Set MaxRetransmits or MaxPacketLifeTime, not both.", nameof(init));
        if (init.MaxPacketLifeTime is { } lifetime)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.Zero, nameof(init));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, s_longestLifetime, nameof(init));
        }

        ChannelReliability reliability = new() { IsOrdered = init.Ordered, MaxRetransmits = init.MaxRetransmits, MaxPacketLifeTime = init.MaxPacketLifeTime };
        return await _inner.InvokeAsync((core, _) =>
        {
            int handle = core.Channels.Open(label, init.Protocol, reliability, init.NegotiatedId);
            return Add(handle, label, init);
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the offer.</summary>
    public Task<SessionDescription> CreateOfferAsync(CancellationToken cancellationToken = default) =>
        _inner.InvokeAsync((core, _) => Describe(core, SessionDescriptionType.Offer, core.CreateOffer()), cancellationToken);

    /// <summary>Makes the answer to the offer set by <see cref="SetRemoteDescriptionAsync"/>.</summary>
    public Task<SessionDescription> CreateAnswerAsync(CancellationToken cancellationToken = default) =>
        _inner.InvokeAsync((core, _) => Describe(core, SessionDescriptionType.Answer, core.CreateAnswer()), cancellationToken);

    /// <summary>Begins with a description made by this connection: opens the sockets and yields the candidates.</summary>
    /// <exception cref="InvalidOperationException">It is not the one that this connection made last.</exception>
    /// <exception cref="WebRtcException"><see cref="WebRtcErrorCode.NoLocalAddress"/>.</exception>
    public Task SetLocalDescriptionAsync(SessionDescription description, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(description);
        return _inner.InvokeAsync((_, now) =>
        {
            if (description.Sdp != _localSdp) throw new InvalidOperationException("Set the description that CreateOfferAsync or CreateAnswerAsync has returned, unchanged.");
            if (_isGathering) return true;
            _isGathering = true;
            _inner.Gather(now);
            return true;
        }, cancellationToken);
    }

    /// <summary>Takes the peer's description.</summary>
    /// <exception cref="WebRtcException"><see cref="WebRtcErrorCode.InvalidDescription"/>; the text says what is missing.</exception>
    public Task SetRemoteDescriptionAsync(SessionDescription description, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(description);
        if (!SdpDocument.TryParse(description.Sdp, out SdpDocument? document, out string? error)) throw new WebRtcException(WebRtcErrorCode.InvalidDescription, error!);
        return _inner.InvokeAsync((core, now) =>
        {
            core.SetRemote(document!, description.Type == SessionDescriptionType.Offer, now);
            RemoteMaxMessageSize = document!.MaxMessageSize == 0 ? long.MaxValue : document.MaxMessageSize;
            return true;
        }, cancellationToken);
    }

    /// <summary>Adds a candidate of the peer; also before its description. An empty one says that there are no more.</summary>
    /// <exception cref="WebRtcException"><see cref="WebRtcErrorCode.InvalidDescription"/>: the line cannot be read.</exception>
    public async Task AddIceCandidateAsync(string candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        if (!await _inner.InvokeAsync((core, now) => core.TryAddRemoteCandidate(candidate, now), cancellationToken).ConfigureAwait(false))
            throw new WebRtcException(WebRtcErrorCode.InvalidDescription, "The line is no ICE candidate.");
    }

    /// <summary>Our candidates as they are found, for the peer; ends when there are no more. For one reader.</summary>
    public IAsyncEnumerable<string> ReadLocalCandidatesAsync(CancellationToken cancellationToken = default) => _candidates.Reader.ReadAllAsync(cancellationToken);

    /// <summary>The channels that the peer opens, for one reader. Ends with the connection.</summary>
    public async IAsyncEnumerable<DataChannel> ReadDataChannelsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (DataChannel channel in _announced.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            Interlocked.Add(ref _announcedNameBytes, -NameBytes(channel));
            yield return channel;
        }
    }

    /// <summary>Completes when a path to the peer works; encryption is set up on it next.</summary>
    /// <exception cref="WebRtcException">The connection ended before.</exception>
    public Task WaitForPathAsync(CancellationToken cancellationToken = default) => _path.Task.WaitAsync(cancellationToken);

    /// <summary>Completes when data can flow.</summary>
    /// <exception cref="WebRtcException">The connection failed or was closed; the text says why.</exception>
    public Task WaitForConnectedAsync(CancellationToken cancellationToken = default) => _connected.Task.WaitAsync(cancellationToken);

    /// <summary>How it is connected and what it has carried (W3C getStats). Also after it has ended, until it is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public async Task<PeerConnectionStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) =>
        await _inner.InvokeAsync((core, _) => StatisticsReader.Read(core, _options.TimeProvider.GetUtcNow(), _inner.BytesSent, _inner.BytesReceived), cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Says why the connection is where it is: what was tried, what came of it, the cause to look at first, and what to do. At any time: while it connects, while it works, and also after it has ended and was
    /// disposed, when it says how it was at the end.
    /// </summary>
    /// <exception cref="ObjectDisposedException">An internal error has ended it; there is nothing to explain.</exception>
    public async Task<ConnectionExplanation> ExplainAsync(CancellationToken cancellationToken = default)
    {
        if (_end?.Explanation is { } final) return final;
        try
        {
            return await _inner.InvokeAsync(static (core, _) => core.Explain(), cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (_end?.Explanation is not null)
        {
            // It has ended meanwhile.
            return _end.Explanation;
        }
    }

    /// <summary>Delivers what was sent, waits for what the peer has sent, then closes everything. Use <see cref="DisposeAsync"/> to close at once.</summary>
    /// <param name="cancellationToken">Ends the wait: the connection is then closed at once, and what was not delivered is lost.</param>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            Post(static (core, now) => core.Shutdown(now));
            if (ConnectionState != PeerConnectionState.New) await _over.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Tells the peer, and closes everything. May be called at any time, from anywhere, more than once.</summary>
    public async ValueTask DisposeAsync() => await _inner.EndAsync().ConfigureAwait(false);

    internal void Post(Action<PeerConnectionCore, MonotonicTime> action) => _inner.Post(action);

    internal void Send(DataChannel channel, DataChannelMessageKind kind, ReadOnlySpan<byte> message) => _inner.Send(channel, kind, message);

    /// <summary>Runs a handler of the application after those before it.</summary>
    internal void Dispatch(Action handler) => _dispatcher.Post(handler);

    internal void Consume(int charge) => _inner.Consume(charge);

    private SessionDescription Describe(PeerConnectionCore core, SessionDescriptionType type, SdpDocument document)
    {
        LocalFingerprint = core.LocalFingerprint;
        _localSdp = document.ToString();
        return new SessionDescription(type, _localSdp);
    }

    private DataChannel Add(int handle, string label, DataChannelInit init)
    {
        DataChannel channel = new(this, handle, label, init, _options.MaxBufferedAmount);
        lock (_gate) _channels.Add(handle, channel);
        return channel;
    }

    private static int NameBytes(DataChannel channel) => Encoding.UTF8.GetByteCount(channel.Label) + Encoding.UTF8.GetByteCount(channel.Protocol);

    private DataChannel? Find(int handle)
    {
        lock (_gate) return _channels.GetValueOrDefault(handle);
    }

    /// <summary>What the loop reports; runs no code of the application.</summary>
    private sealed class Observer(PeerConnection owner) : IConnectionObserver
    {
        private readonly List<DataChannel> _receiving = [];
        private int _lastHandle = -1;

        public void OnMessage(in ReceivedMessage message)
        {
            if (message.Channel != _lastHandle)
            {
                if (owner.Find(message.Channel) is not { } channel) return;
                _lastHandle = message.Channel;
                _receiving.Add(channel);
            }

            _receiving[^1].OnMessage(message);
        }

        public void OnTurnEnd(PeerConnectionCore core)
        {
            foreach (DataChannel channel in _receiving) channel.OnTurnEnd();
            _receiving.Clear();
            _lastHandle = -1;
            if (owner.RemoteFingerprint.IsEmpty) owner.RemoteFingerprint = core.RemoteFingerprint;
            if (core.SelectedPair is not null) owner._path.TrySetResult();
            if (core.State == PeerConnectionState.Connected) owner._connected.TrySetResult();
        }

        public void OnEvent(PeerConnectionCore core, ConnectionEvent e)
        {
            switch (e.Kind)
            {
                case ConnectionEventKind.LocalCandidate:
                    owner._candidates.Writer.TryWrite(e.Text);
                    break;
                case ConnectionEventKind.GatheringComplete:
                    owner._candidates.Writer.TryComplete();
                    break;
                case ConnectionEventKind.Channel:
                    OnChannel(core, e.Channel);
                    break;
                case ConnectionEventKind.StateChanged:
                    OnState(core, e);
                    break;
            }
        }

        private void OnChannel(PeerConnectionCore core, DataChannelEvent e)
        {
            switch (e.Kind)
            {
                case DataChannelEventKind.ChannelOpened:
                    if (owner.Find(e.Channel) is { } opened && core.Channels.TryGetChannel(e.Channel, out ChannelState? own)) opened.OnOpened(own!.Id);
                    break;
                case DataChannelEventKind.ChannelAnnounced:
                    if (!core.Channels.TryGetChannel(e.Channel, out ChannelState? state)) return;
                    if (owner._announced.Reader.Count >= DataChannelEndpoint.MaxChannels || Volatile.Read(ref owner._announcedNameBytes) > DataChannelEndpoint.MaxNameBytes)
                    {
                        // Nobody takes what the peer opens again and again.
                        core.Channels.Close(e.Channel);
                        return;
                    }

                    DataChannel announced = owner.Add(e.Channel, state!.Label, new DataChannelInit
                    {
                        Ordered = state.Reliability.IsOrdered,
                        MaxRetransmits = state.Reliability.MaxRetransmits,
                        MaxPacketLifeTime = state.Reliability.MaxPacketLifeTime,
                        Protocol = state.Protocol,
                    });
                    announced.OnOpened(state.Id);
                    Interlocked.Add(ref owner._announcedNameBytes, NameBytes(announced));
                    owner._announced.Writer.TryWrite(announced);
                    break;
                case DataChannelEventKind.ChannelClosed:
                    Close(e.Channel, new WebRtcException(WebRtcErrorCode.Closed, "The data channel is closed."));
                    break;
            }
        }

        private void OnState(PeerConnectionCore core, ConnectionEvent e)
        {
            bool isOver = e.State is PeerConnectionState.Failed or PeerConnectionState.Closed;
            WebRtcException? reason = isOver ? new WebRtcException(e.Code, e.Text, isTransient: e.State == PeerConnectionState.Failed) { SctpCauseCode = (int?)e.Cause, Explanation = core.End is null ? null : core.Explain() } : null;
            if (owner._end is not null) return;
            owner._end = reason;
            owner.ConnectionState = e.State;
            if (reason is not null) End(reason);
            owner._dispatcher.Post(() => owner.ConnectionStateChanged?.Invoke(owner, new ConnectionStateChangedEventArgs(e.State, reason)));
        }

        private void End(WebRtcException reason)
        {
            int[] handles;
            lock (owner._gate) handles = [.. owner._channels.Keys];
            foreach (int handle in handles) Close(handle, reason);
            owner._path.TrySetException(reason);
            owner._connected.TrySetException(reason);
            owner._candidates.Writer.TryComplete();
            owner._announced.Writer.TryComplete();
            owner._over.TrySetResult();
        }

        private void Close(int handle, WebRtcException reason)
        {
            DataChannel? channel;
            lock (owner._gate) owner._channels.Remove(handle, out channel);
            channel?.OnClosed(reason);
        }
    }
}
