using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.Sctp;

namespace BerOfChat.WebRtc.Tests.DataChannels;

/// <summary>Two endpoints joined by a simulated link, in virtual time. They speak what every peer knows, unless the test says which extensions each offers.</summary>
internal sealed class EndpointPair
{
    private const int MaxSteps = 2_000_000;
    private readonly byte[] _buffer;
    private int _steps;

    public EndpointPair(int seed, LinkConditions? conditions = null, SctpExtensions? ofA = null, SctpExtensions? ofB = null, int largestPacket = SctpLimits.MaxPacketSize)
    {
        _buffer = new byte[largestPacket];
        Link = new SimulatedLink(seed, conditions ?? new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) });
        A = new DataChannelEndpoint(new SeededRandomSource(seed), extensions: ofA ?? SctpExtensions.None);
        B = new DataChannelEndpoint(new SeededRandomSource(seed + 100_000), extensions: ofB ?? ofA ?? SctpExtensions.None);
    }

    /// <summary>Over a rough network, with the extensions that the seed picks.</summary>
    public static EndpointPair Rough(int seed, TimeSpan maxDelay)
    {
        (SctpExtensions ofA, SctpExtensions ofB) = SctpForms.From(seed);
        return new EndpointPair(seed, LinkConditions.Rough(seed, maxDelay), ofA, ofB);
    }

    public SimulatedLink Link { get; }

    public DataChannelEndpoint A { get; }

    public DataChannelEndpoint B { get; }

    public MonotonicTime Now { get; private set; }

    public List<DataChannelEvent> EventsOfA { get; } = [];

    public List<DataChannelEvent> EventsOfB { get; } = [];

    public List<TestMessage> ReceivedByA { get; } = [];

    public List<TestMessage> ReceivedByB { get; } = [];

    /// <summary>When false, messages stay unread and hold the window.</summary>
    public bool Reads { get; set; } = true;

    public void Connect()
    {
        A.Connect(isDtlsClient: true, 262_144, 5000, Now);
        B.Connect(isDtlsClient: false, 262_144, 5000, Now);
    }

    /// <summary>Connects them, with one ordered channel on stream 0 by agreement.</summary>
    public void ConnectWithChannel(TimeSpan patience)
    {
        A.Open("boc", "", isOrdered: true, negotiatedId: 0);
        B.Open("boc", "", isOrdered: true, negotiatedId: 0);
        Connect();
        Assert.True(RunUntil(() => A.IsConnected && B.IsConnected, patience), "They do not connect.");
    }

    public bool RunUntil(Func<bool> condition, TimeSpan patience)
    {
        MonotonicTime end = Now + patience;
        while (true)
        {
            Drain();
            if (condition()) return true;
            MonotonicTime? next = MonotonicTime.Earliest(Link.NextArrival, MonotonicTime.Earliest(A.NextTimeout, B.NextTimeout));
            if (next is not { } due || due > end) return false;
            if (due > Now) Now = due;
            Assert.True(++_steps < MaxSteps, "Virtual time does not move on.");
            while (Link.TryReceive(LinkEnd.A, Now, out byte[] packet)) A.HandlePacket(packet, Now);
            while (Link.TryReceive(LinkEnd.B, Now, out byte[] packet)) B.HandlePacket(packet, Now);
            if (A.NextTimeout <= Now) A.HandleTimeout(Now);
            if (B.NextTimeout <= Now) B.HandleTimeout(Now);
        }
    }

    public void RunFor(TimeSpan duration)
    {
        MonotonicTime end = Now + duration;
        RunUntil(() => false, duration);
        Now = end;
    }

    public void Drain()
    {
        Drain(A, LinkEnd.A, EventsOfA, ReceivedByA);
        Drain(B, LinkEnd.B, EventsOfB, ReceivedByB);
    }

    private void Drain(DataChannelEndpoint endpoint, LinkEnd end, List<DataChannelEvent> events, List<TestMessage> received)
    {
        while (Reads && endpoint.TryReadMessage(out ReceivedMessage message))
        {
            received.Add(TestMessage.Take(message));
            endpoint.Consume(message.Charge);
        }

        while (endpoint.WritePacket(_buffer, Now) is > 0 and int length)
        {
            Assert.True(SctpPackets.EndsWithItsData(_buffer.AsSpan(0, length)), "A control chunk follows data.");
            Link.Send(end, _buffer.AsSpan(0, length), Now);
        }

        while (endpoint.TryReadEvent(out DataChannelEvent e)) events.Add(e);
    }
}
