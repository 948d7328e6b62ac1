using System.Net;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Sdp;
using BerOfChat.WebRtc.Tests.Turn;

namespace BerOfChat.WebRtc.Tests.Connection.Servers;

/// <summary>Two whole connections and STUN and TURN servers in virtual time, on a network that translates addresses and can be blocked in parts.</summary>
internal sealed class ServerWorld
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _agenda = new();
    private readonly byte[] _buffer = new byte[PeerConnectionCore.LargestDatagramSize];
    private long _number;

    public ServerWorld(bool isRelayOnlyA = false, bool isRelayOnlyB = false, bool hidesPrivateA = false)
    {
        A = new ServerWorldEnd("A", 1, isRelayOnlyA, hidesPrivateA);
        B = new ServerWorldEnd("B", 2, isRelayOnlyB);
    }

    public ServerWorldEnd A { get; }

    public ServerWorldEnd B { get; }

    public IReadOnlyList<ServerWorldEnd> Ends => [A, B];

    public List<TurnServerModel> Servers { get; } = [];

    public MonotonicTime Now { get; private set; }

    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How much longer it takes to or from an address.</summary>
    public Dictionary<IPAddress, TimeSpan> Detours { get; } = [];

    /// <summary>Whether a datagram vanishes: from where, as others see it, and to where.</summary>
    public Func<TransportAddress, TransportAddress, bool>? IsBlocked { get; set; }

    /// <summary>Every datagram as it leaves one of the ends.</summary>
    public List<(ServerWorldEnd End, TransportAddress To, byte[] Packet)> Sent { get; } = [];

    /// <summary>Everything that was signaled: descriptions and candidates.</summary>
    public List<(ServerWorldEnd From, string Text)> Signaled { get; } = [];

    public static TransportAddress Address(string address, int port) => TransportAddress.From(IPAddress.Parse(address), port);

    /// <summary>A server that answers; its relayed addresses are at the same address.</summary>
    public TurnServerModel AddServer(string address, TurnServerModelOptions? options = null)
    {
        TurnServerModel server = new(Address(address, 3478), (options ?? new TurnServerModelOptions()) with { RelayIPv4 = IPAddress.Parse(address) });
        Servers.Add(server);
        return server;
    }

    /// <summary>Whether no server has a part in it.</summary>
    public bool IsDirect(TransportAddress from, TransportAddress to) => !Servers.Exists(s => s.Address.Bits == from.Bits || s.Address.Bits == to.Bits);

    public void Later(TimeSpan delay, Action action) => _agenda.Enqueue(action, (Now.SinceStart + delay, _number++));

    /// <summary>Offer and answer, and candidates as they are found.</summary>
    public void Negotiate()
    {
        Open(A);
        Open(B);
        SdpDocument offer = Signal(A, A.Core.CreateOffer());
        A.Gather(Now);
        Later(Latency, () =>
        {
            B.Core.SetRemote(offer, isOffer: true, Now);
            SdpDocument answer = Signal(B, B.Core.CreateAnswer());
            B.Gather(Now);
            Later(Latency, () => A.Core.SetRemote(answer, isOffer: false, Now));
        });
    }

    /// <summary>Only gathers, as who has nobody to talk to yet.</summary>
    public void GatherAlone()
    {
        Signal(A, A.Core.CreateOffer());
        A.Gather(Now);
    }

    public bool RunUntilOpen(TimeSpan patience) => RunUntil(() => A.IsOpen && B.IsOpen, patience);

    public void RunFor(TimeSpan duration)
    {
        MonotonicTime end = Now + duration;
        RunUntil(() => false, duration);
        Now = end;
    }

    public bool RunUntil(Func<bool> condition, TimeSpan patience)
    {
        MonotonicTime end = Now + patience;
        while (true)
        {
            foreach (ServerWorldEnd each in Ends) Drain(each);
            if (condition()) return true;
            MonotonicTime? next = MonotonicTime.Earliest(A.Core.NextTimeout, B.Core.NextTimeout);
            if (_agenda.TryPeek(out _, out (TimeSpan At, long) at)) next = MonotonicTime.Earliest(next, new MonotonicTime(at.At));
            if (next is not { } due || due > end) return false;
            if (due > Now) Now = due;
            Step();
        }
    }

    public void Close(ServerWorldEnd end)
    {
        end.Core.Close();
        while (end.Core.WriteFarewell(_buffer, out IceRoute route, Now) is > 0 and int length) Transmit(end, route, length);
    }

    private static void Open(ServerWorldEnd end) => end.Core.Channels.Open(ServerWorldEnd.Label, "", new ChannelReliability { IsOrdered = false, MaxRetransmits = 0 }, 0);

    private void Step()
    {
        if (_agenda.TryPeek(out Action? action, out (TimeSpan At, long) at) && at.At <= Now.SinceStart)
        {
            _agenda.Dequeue();
            action();
            return;
        }

        ServerWorldEnd end = A.Core.NextTimeout <= Now ? A : B;
        end.Core.HandleTimeout(Now);
        Drain(end);
        Assert.False(end.Core.NextTimeout <= Now, $"{end.Name} has a time-out that is still due after it was handled.");
    }

    private void Drain(ServerWorldEnd end)
    {
        while (end.Core.WriteDatagram(_buffer, out IceRoute route, Now) is > 0 and int length) Transmit(end, route, length);
        Assert.Equal(0, end.Core.WriteDatagram(_buffer, out _, Now));
        while (end.Core.TryReadEvent(out ConnectionEvent e)) Handle(end, e);
        while (end.Core.Channels.TryReadMessage(out ReceivedMessage message))
        {
            end.Received.Add(message.Payload.ToArray());
            message.Payload.Release();
            end.Core.Channels.Consume(message.Charge);
        }
    }

    private void Handle(ServerWorldEnd end, ConnectionEvent e)
    {
        switch (e.Kind)
        {
            case ConnectionEventKind.LocalCandidate:
                end.Candidates.Add(e.Text);
                Signaled.Add((end, e.Text));
                ServerWorldEnd peer = end == A ? B : A;
                Later(Latency, () => peer.Core.TryAddRemoteCandidate(e.Text, Now));
                break;
            case ConnectionEventKind.GatheringComplete:
                end.GatheredAt = Now;
                break;
            case ConnectionEventKind.CredentialsRefused:
                end.CredentialsAsked++;
                if (end.Renew is { } renew) Later(Latency, () => renew(e.Server));
                break;
            case ConnectionEventKind.StateChanged when e.IsEnd:
                end.End = e;
                break;
            case ConnectionEventKind.Channel when e.Channel.Kind == DataChannelEventKind.ChannelOpened:
                end.Channel = e.Channel.Channel;
                break;
        }
    }

    private void Transmit(ServerWorldEnd end, IceRoute route, int length)
    {
        byte[] packet = _buffer[..length];
        Sent.Add((end, route.Remote, packet));
        Travel(end.Sockets[route.SocketId].Outside, route.Remote, packet);
    }

    private void Travel(TransportAddress from, TransportAddress to, byte[] packet)
    {
        if (IsBlocked?.Invoke(from, to) == true) return;
        TimeSpan detour = Detours.GetValueOrDefault(from.ToIPAddress()) + Detours.GetValueOrDefault(to.ToIPAddress());
        Later(Latency + detour, () => Arrive(from, to, packet));
    }

    private void Arrive(TransportAddress from, TransportAddress to, byte[] packet)
    {
        foreach (TurnServerModel server in Servers)
        {
            if (!server.Owns(to)) continue;
            server.HandleDatagram(from, to, packet, Now);
            while (server.TryTake(out TransportAddress source, out TransportAddress target, out byte[] answer)) Travel(source, target, answer);
            return;
        }

        foreach (ServerWorldEnd end in Ends)
        {
            foreach ((int id, (_, TransportAddress outside)) in end.Sockets)
            {
                if (to == outside) end.Core.HandleDatagram(id, from, packet, Now);
            }
        }
    }

    private SdpDocument Signal(ServerWorldEnd from, SdpDocument document)
    {
        string text = document.ToString();
        Signaled.Add((from, text));
        Assert.True(SdpDocument.TryParse(text, out SdpDocument? parsed, out string? error), error);
        return parsed!;
    }
}
