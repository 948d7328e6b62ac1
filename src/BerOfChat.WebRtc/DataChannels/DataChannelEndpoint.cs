using BerOfChat.Primitives;
using BerOfChat.WebRtc.Buffers;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.DataChannels;

/// <summary>Data channels over one association (RFC 8831) and their announcement (RFC 8832).</summary>
internal sealed class DataChannelEndpoint(IRandomSource random, int maxIncomingMessage = DataChannelEndpoint.DefaultMaxIncomingMessage, SctpExtensions? extensions = null)
{
    public const int MaxChannels = 1024;

    /// <summary>Labels and protocols of the channels that the peer has opened have at most so many bytes together.</summary>
    public const int MaxNameBytes = 4 * 1024 * 1024;

    /// <summary>The largest message that the peer may send unless the application says otherwise.</summary>
    public const int DefaultMaxIncomingMessage = 262_144;

    /// <summary>No application can ask for more.</summary>
    public const int MaxMessage = 64 * 1024 * 1024;

    /// <summary>A channel's queue takes no more when it holds this much; one message may take it beyond.</summary>
    public const int MaxBufferedAmount = 16 * 1024 * 1024;

    private readonly SctpAssociation _association = new(random, SctpLimits.WindowFor(maxIncomingMessage), extensions ?? SctpExtensions.All);
    private readonly BlockChain _chain = new();
    private readonly Dictionary<int, ChannelState> _channels = [];
    private readonly Dictionary<ushort, ChannelState> _byStream = [];
    private readonly Queue<ReceivedMessage> _messages = [];
    private readonly Queue<DataChannelEvent> _events = [];
    private long _remoteMaxMessageSize;
    private bool? _isDtlsClient;
    private int _nextHandle;
    private int _peersNameBytes;

    public MonotonicTime? NextTimeout => _association.NextTimeout;

    public bool IsConnected => _association.State == SctpState.Established;

    public SctpAssociation Association => _association;

    /// <summary>The channels that are not closed.</summary>
    public IReadOnlyCollection<ChannelState> All => _channels.Values;

    public int OpenedCount { get; private set; }

    public int ClosedCount { get; private set; }

    /// <summary>Messages dropped: on a stream without a channel, of an unknown kind, or malformed control messages.</summary>
    public long DroppedMessages { get; private set; }

    /// <summary>Opens a channel. It is usable when <see cref="DataChannelEventKind.ChannelOpened"/> is reported.</summary>
    /// <param name="label">At most 65,535 bytes of UTF-8.</param>
    /// <param name="protocol">The subprotocol; the same limit.</param>
    /// <param name="reliability">Whether messages arrive in order, and when one is given up.</param>
    /// <param name="negotiatedId">The stream, when both sides make the channel by agreement; null announces it.</param>
    /// <exception cref="InvalidOperationException">The stream is in use, or there are too many channels.</exception>
    public int Open(string label, string protocol, ChannelReliability reliability, ushort? negotiatedId)
    {
        if (_channels.Count >= MaxChannels) throw new InvalidOperationException($"A connection has at most {MaxChannels} data channels.");
        if (negotiatedId is { } taken && (_byStream.ContainsKey(taken) || taken >= _association.MaxStreams)) throw new InvalidOperationException("The id of the data channel is in use or out of range.");
        if (negotiatedId is null && _isDtlsClient is not null && NextFreeId() >= _association.MaxStreams) throw new InvalidOperationException("The peer accepts no more data channels.");
        ChannelState channel = Add(label, protocol, reliability, negotiatedId is not null);
        if (negotiatedId is { } id) Bind(channel, id);
        else if (_isDtlsClient is not null) Announce(channel);
        if (IsConnected) SetOpen(channel);
        return channel.Handle;
    }

    public ChannelState GetChannel(int handle) => _channels[handle];

    public bool TryGetChannel(int handle, out ChannelState? channel) => _channels.TryGetValue(handle, out channel);

    /// <summary>DTLS is up: begins the association, and announces the channels made so far.</summary>
    /// <param name="isDtlsClient">The client uses even ids, the server odd ones (RFC 8832 section 6).</param>
    /// <param name="remoteMaxMessageSize">The largest message the peer accepts; 0 means any.</param>
    /// <param name="remotePort">The SCTP port of the peer's description.</param>
    /// <param name="now">The time.</param>
    public void Connect(bool isDtlsClient, long remoteMaxMessageSize, ushort remotePort, MonotonicTime now)
    {
        _isDtlsClient = isDtlsClient;
        _remoteMaxMessageSize = remoteMaxMessageSize == 0 ? long.MaxValue : remoteMaxMessageSize;
        foreach (ChannelState channel in _channels.Values.Where(c => c.Id is null).ToArray()) Announce(channel);
        _association.Connect(remotePort, now);
    }

    /// <summary>Queues a message; its bytes are copied.</summary>
    public DataChannelSendStatus Send(int handle, DataChannelMessageKind kind, ReadOnlySpan<byte> message, MonotonicTime now) =>
        Send(handle, kind, isEmpty: message.IsEmpty, _chain.Write(message.IsEmpty ? [0] : message), now);

    /// <summary>Queues a message whose bytes belong to the endpoint from here on.</summary>
    /// <param name="handle">The channel.</param>
    /// <param name="kind">Text or binary.</param>
    /// <param name="isEmpty">The message has no bytes; the payload is the one that stands for it, as SCTP knows no empty messages.</param>
    /// <param name="payload">At least one byte.</param>
    /// <param name="now">The time, from which its lifetime counts.</param>
    public DataChannelSendStatus Send(int handle, DataChannelMessageKind kind, bool isEmpty, BlockSlice payload, MonotonicTime now)
    {
        DataChannelSendStatus status = Check(handle, payload.Length, out ChannelState? channel);
        if (status != DataChannelSendStatus.Accepted)
        {
            payload.Release();
            return status;
        }

        bool unordered = !channel!.Reliability.IsOrdered && channel.IsKnownToPeer;
        _association.Send(new OutgoingMessage(channel.Id!.Value, PayloadProtocol.For(kind, isEmpty), unordered, payload, channel.Reliability.ForMessage(now)));
        channel.MessagesSent++;
        if (!isEmpty) channel.BytesSent += payload.Length;
        return status;
    }

    /// <summary>Bytes queued and not sent for the first time yet.</summary>
    public long GetBufferedAmount(int handle) =>
        _channels.TryGetValue(handle, out ChannelState? channel) && channel.Id is { } id ? _association.Sender.Queue.GetBufferedAmount(id) : 0;

    /// <summary>Closes a channel once everything queued on it was sent.</summary>
    public void Close(int handle)
    {
        if (!_channels.TryGetValue(handle, out ChannelState? channel) || channel.State is DataChannelState.Closing or DataChannelState.Closed) return;
        if (_association.State is SctpState.New or SctpState.Closed)
        {
            // Nothing has announced it, and nothing can.
            SetClosed(channel);
            return;
        }

        channel.State = DataChannelState.Closing;
        _association.ResetStream(channel.Id!.Value);
    }

    /// <summary>Ends everything once what is queued was delivered both ways.</summary>
    public void Shutdown()
    {
        _association.Shutdown();
        RefuseMore();
        ReadAssociation();
    }

    public void Abort(string reason)
    {
        _association.Abort(reason);
        ReadAssociation();
    }

    public void HandlePacket(ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        _association.HandlePacket(packet, now);
        ReadAssociation();
    }

    public void HandleTimeout(MonotonicTime now)
    {
        _association.HandleTimeout(now);
        _chain.Trim();
        ReadAssociation();
    }

    /// <summary>Writes the next SCTP packet; 0 when there is none.</summary>
    public int WritePacket(Span<byte> destination, MonotonicTime now)
    {
        int length = _association.WritePacket(destination, now);
        ReadAssociation();
        return length;
    }

    public bool TryReadMessage(out ReceivedMessage message) => _messages.TryDequeue(out message);

    /// <summary>The application has taken a message: the peer may send as much again.</summary>
    public void Consume(int charge) => _association.Consume(charge);

    public bool TryReadEvent(out DataChannelEvent result) => _events.TryDequeue(out result);

    private DataChannelSendStatus Check(int handle, int length, out ChannelState? channel)
    {
        if (!_channels.TryGetValue(handle, out channel) || channel.State != DataChannelState.Open) return DataChannelSendStatus.NotOpen;
        if (length > Math.Min(_remoteMaxMessageSize, MaxMessage)) return DataChannelSendStatus.TooLarge;
        return GetBufferedAmount(handle) >= MaxBufferedAmount ? DataChannelSendStatus.BufferFull : DataChannelSendStatus.Accepted;
    }

    private ChannelState Add(string label, string protocol, ChannelReliability reliability, bool isNegotiated, int peersNameBytes = 0)
    {
        ChannelState channel = new(_nextHandle++, label, protocol, reliability, isNegotiated) { PeersNameBytes = peersNameBytes };
        _peersNameBytes += peersNameBytes;
        _channels.Add(channel.Handle, channel);
        return channel;
    }

    private void Bind(ChannelState channel, ushort id)
    {
        channel.Id = id;
        _byStream.Add(id, channel);
    }

    private void Announce(ChannelState channel)
    {
        ushort id = NextFreeId();
        Bind(channel, id);
        _association.Send(new OutgoingMessage(id, PayloadProtocol.Control, false, _chain.Write(new ChannelOpenMessage(channel.Label, channel.Protocol, channel.Reliability).Write())));
    }

    private ushort NextFreeId()
    {
        ushort id = _isDtlsClient!.Value ? (ushort)0 : (ushort)1;
        while (_byStream.ContainsKey(id)) id += 2;
        return id;
    }

    private void ReadAssociation()
    {
        while (_association.TryReadMessage(out SctpMessage message)) HandleMessage(message);
        while (_association.TryReadEvent(out SctpEvent e)) HandleEvent(e);
    }

    private void HandleMessage(SctpMessage message)
    {
        _byStream.TryGetValue(message.StreamId, out ChannelState? channel);
        if (message.PayloadProtocol == PayloadProtocol.Control)
        {
            _association.Consume(message.WindowCharge);
            byte[] control = message.Payload.Length <= ChannelOpenMessage.MaxSize ? message.Payload.ToArray() : [];
            message.Payload.Release();
            HandleControl(message.StreamId, control, channel);
            return;
        }

        if (channel is null || channel.State == DataChannelState.Closed || !PayloadProtocol.TryRead(message.PayloadProtocol, out DataChannelMessageKind kind, out bool isEmpty))
        {
            _association.Consume(message.WindowCharge);
            message.Payload.Release();
            DroppedMessages++;
            return;
        }

        if (message.Payload.Length > maxIncomingMessage)
        {
            _association.Consume(message.WindowCharge);
            message.Payload.Release();
            _association.AbortForViolation("The peer has sent a message larger than our description allows.");
            return;
        }

        // Whatever comes on the stream shows that the peer knows the channel.
        channel.IsKnownToPeer = true;
        channel.MessagesReceived++;
        if (isEmpty) message.Payload.Release();
        else channel.BytesReceived += message.Payload.Length;
        _messages.Enqueue(new ReceivedMessage(channel.Handle, kind, isEmpty ? default : message.Payload, message.WindowCharge));
    }

    private void HandleControl(ushort streamId, byte[] message, ChannelState? channel)
    {
        if (message is [ChannelOpenMessage.AckType, ..])
        {
            if (channel is not null) channel.IsKnownToPeer = true;
            return;
        }

        // The peer opens a stream anew only after both sides of it were reset: that it has answered our request is merely not known here yet.
        int foreignResets = 0;
        if (channel is { State: DataChannelState.Closing, IsIncomingReset: true })
        {
            foreignResets = channel.ForeignResets + (channel.IsOutgoingReset ? 0 : 1);
            SetClosed(channel);
            channel = null;
        }

        bool isPeersId = _isDtlsClient is { } client && (streamId % 2 == 1) == client;
        if (channel is not null || !isPeersId || _channels.Count >= MaxChannels || _peersNameBytes + message.Length > MaxNameBytes || !ChannelOpenMessage.TryParse(message, out ChannelOpenMessage? open))
        {
            DroppedMessages++;
            if (channel is null) _association.ResetStream(streamId);
            return;
        }

        channel = Add(open!.Label, open.Protocol, open.Reliability, isNegotiated: false, message.Length);
        channel.IsKnownToPeer = true;
        channel.ForeignResets = foreignResets;
        channel.State = DataChannelState.Open;
        OpenedCount++;
        Bind(channel, streamId);
        _association.Send(new OutgoingMessage(streamId, PayloadProtocol.Control, false, _chain.Write([ChannelOpenMessage.AckType])));
        _events.Enqueue(new DataChannelEvent(DataChannelEventKind.ChannelAnnounced, channel.Handle));
    }

    private void HandleEvent(SctpEvent e)
    {
        switch (e.Kind)
        {
            case SctpEventKind.Connected:
                _events.Enqueue(new DataChannelEvent(DataChannelEventKind.Connected));
                foreach (ChannelState channel in _channels.Values.ToArray())
                {
                    if (channel.Id < _association.MaxStreams) SetOpen(channel);
                    else SetClosed(channel);
                }

                break;
            case SctpEventKind.PeerShutsDown:
                RefuseMore();
                break;
            case SctpEventKind.Disconnected:
                foreach (ChannelState channel in _channels.Values.ToArray()) SetClosed(channel);
                _events.Enqueue(new DataChannelEvent(DataChannelEventKind.Disconnected, Reason: e.Reason, End: e.End, Cause: e.Cause));
                break;
            case SctpEventKind.IncomingStreamReset when _byStream.TryGetValue(e.StreamId, out ChannelState? channel):
                channel.IsIncomingReset = true;
                if (channel.State == DataChannelState.Open) Close(channel.Handle);
                CloseIfBothReset(channel);
                break;
            case SctpEventKind.OutgoingStreamReset when _byStream.TryGetValue(e.StreamId, out ChannelState? channel):
                if (channel.ForeignResets > 0)
                {
                    channel.ForeignResets--;
                    break;
                }

                channel.IsOutgoingReset = channel.State == DataChannelState.Closing;
                CloseIfBothReset(channel);
                break;
        }
    }

    private void RefuseMore()
    {
        foreach (ChannelState channel in _channels.Values)
        {
            if (channel.State == DataChannelState.Open) channel.State = DataChannelState.Closing;
        }
    }

    private void CloseIfBothReset(ChannelState channel)
    {
        if (channel is { IsIncomingReset: true, IsOutgoingReset: true }) SetClosed(channel);
    }

    private void SetOpen(ChannelState channel)
    {
        if (channel.State != DataChannelState.Connecting) return;
        channel.State = DataChannelState.Open;
        OpenedCount++;
        _events.Enqueue(new DataChannelEvent(DataChannelEventKind.ChannelOpened, channel.Handle));
    }

    private void SetClosed(ChannelState channel)
    {
        if (channel.State == DataChannelState.Closed) return;
        if (channel.State != DataChannelState.Connecting) ClosedCount++;
        channel.State = DataChannelState.Closed;
        _channels.Remove(channel.Handle);
        _peersNameBytes -= channel.PeersNameBytes;
        if (channel.Id is { } id) _byStream.Remove(id);
        _events.Enqueue(new DataChannelEvent(DataChannelEventKind.ChannelClosed, channel.Handle));
    }
}
