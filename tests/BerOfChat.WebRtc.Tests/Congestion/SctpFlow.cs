using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Congestion;

/// <summary>A bulk transfer over a data channel between two of our endpoints.</summary>
internal sealed class SctpFlow : IPathFlow
{
    /// <summary>What the wire carries besides an SCTP packet: IPv4, UDP, and a DTLS record with AES-GCM.</summary>
    public const int Headers = 20 + 8 + 37;

    private const int MessageSize = 16 * 1024;
    private const int Ahead = 1024 * 1024;

    private readonly SharedPath _path;
    private readonly byte[] _buffer = new byte[SctpLimits.MaxPacketSize];
    private readonly byte[] _message = new byte[MessageSize];
    private int _channel;

    public SctpFlow(SharedPath path, int seed = 1)
    {
        _path = path;
        A = new DataChannelEndpoint(new SeededRandomSource(seed));
        B = new DataChannelEndpoint(new SeededRandomSource(seed + 100_000));
    }

    public DataChannelEndpoint A { get; }

    public DataChannelEndpoint B { get; }

    public SctpSender Sender => A.Association.Sender;

    public long Delivered { get; private set; }

    /// <summary>Bytes on the wire that end A has sent in this very instant.</summary>
    public int Burst { get; private set; }

    public int LargestBurst { get; private set; }

    /// <summary>Called for each packet that end A sends, with its bytes.</summary>
    public Action<byte[]>? Sent { get; set; }

    /// <summary>Whether A has more to send at any time; else it sends what <see cref="Send"/> is given.</summary>
    public bool IsEndless { get; init; } = true;

    public bool HasEnded => A.Association.State == SctpState.Closed || B.Association.State == SctpState.Closed;

    public MonotonicTime? NextTimeout => MonotonicTime.Earliest(A.NextTimeout, B.NextTimeout);

    public void Start(MonotonicTime now)
    {
        _channel = A.Open("bulk", "", isOrdered: true, negotiatedId: 0);
        B.Open("bulk", "", isOrdered: true, negotiatedId: 0);
        A.Connect(isDtlsClient: true, 262_144, 5000, now);
        B.Connect(isDtlsClient: false, 262_144, 5000, now);
        Drain(now);
    }

    public void Send(int length)
    {
        Assert.Equal(DataChannelSendStatus.Accepted, A.Send(_channel, DataChannelMessageKind.Binary, new byte[length]));
        Drain(_path.Now);
    }

    public void Arrive(LinkEnd at, object packet, MonotonicTime now)
    {
        (at == LinkEnd.A ? A : B).HandlePacket((byte[])packet, now);
        Drain(now);
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (A.NextTimeout <= now) A.HandleTimeout(now);
        if (B.NextTimeout <= now) B.HandleTimeout(now);
        Drain(now);
    }

    private void Drain(MonotonicTime now)
    {
        while (B.TryReadMessage(out ReceivedMessage message))
        {
            Delivered += message.Payload.Length;
            message.Payload.Release();
            B.Consume(message.Charge);
        }

        while (IsEndless && A.IsConnected && A.GetBufferedAmount(_channel) < Ahead) A.Send(_channel, DataChannelMessageKind.Binary, _message);
        Burst = Write(A, LinkEnd.A, now);
        LargestBurst = Math.Max(LargestBurst, Burst);
        Write(B, LinkEnd.B, now);
        while (A.TryReadEvent(out _) || B.TryReadEvent(out _)) { }
    }

    private int Write(DataChannelEndpoint endpoint, LinkEnd end, MonotonicTime now)
    {
        int written = 0;
        while (endpoint.WritePacket(_buffer, now) is > 0 and int length)
        {
            byte[] packet = _buffer[..length];
            written += length + Headers;
            if (end == LinkEnd.A) Sent?.Invoke(packet);
            _path.Send(this, end, packet, length + Headers);
        }

        return written;
    }
}
