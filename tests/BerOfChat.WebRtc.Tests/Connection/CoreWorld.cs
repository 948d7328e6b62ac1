using System.Net;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Sdp;
using BerOfChat.WebRtc.Stun;
using BerOfChat.WebRtc.Tests.Sctp;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>Two whole connections in virtual time, on a network that knows addresses, loses, repeats, reorders, alters, delays, and takes addresses away. The same seed gives the same run.</summary>
internal sealed class CoreWorld
{
    private const int MaxSteps = 400_000;

    // Signatures need randomness of their own, which changes no time.
    private static readonly DtlsCertificate s_ofA = DtlsCertificate.Create(new SeededRandomSource(1), DateTimeOffset.UnixEpoch), s_ofB = DtlsCertificate.Create(new SeededRandomSource(2), DateTimeOffset.UnixEpoch);

    private readonly Random _random;
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _agenda = new();
    private readonly byte[] _buffer = new byte[PeerConnectionCore.LargestDatagramSize];
    private readonly int _seed;
    private long _number;
    private int _port = 10_000;
    private int _steps;

    /// <param name="seed">Decides everything.</param>
    /// <param name="conditions">What the network does.</param>
    /// <param name="useSnap">Whether both leave the SCTP handshake out; null lets the seed decide for each.</param>
    public CoreWorld(int seed, LinkConditions conditions, bool? useSnap = null)
    {
        _seed = seed;
        _random = new Random(seed);
        Conditions = conditions;
        PathCarries = PickSize();
        (SctpExtensions ofA, SctpExtensions ofB) = SctpForms.From(seed);
        A = new CoreEnd("A", seed, s_ofA, ofA, useSnap ?? (seed & 4) != 0);
        B = new CoreEnd("B", seed + 1_000_000, s_ofB, ofB, useSnap ?? (seed & 8) != 0);
    }

    public CoreEnd A { get; }

    public CoreEnd B { get; }

    public MonotonicTime Now { get; private set; }

    /// <summary>What the network does to packets that are sent from now on.</summary>
    public LinkConditions Conditions { get; set; }

    /// <summary>The share of packets in which one bit arrives wrong, 0 to 1.</summary>
    public double Corruption { get; init; }

    /// <summary>The size of datagrams that pass as one, and changes with addresses: smaller ones than of the base size there are not.</summary>
    public int PathCarries { get; private set; }

    public int AddressChanges { get; private set; }

    /// <summary>Called for each channel that opens at an end.</summary>
    public Action<CoreEnd, string>? Opened { get; set; }

    /// <summary>Sees every datagram as it is sent: by whom, from which address as others see it, to which, and its bytes.</summary>
    public Action<CoreEnd, TransportAddress, TransportAddress, byte[]>? Seen { get; set; }

    /// <summary>A datagram arrives, from whomever.</summary>
    public void Inject(TransportAddress from, TransportAddress to, byte[] packet) => Arrive(from, to, packet);

    public void Later(TimeSpan delay, Action action) => _agenda.Enqueue(action, (Now.SinceStart + delay, _number++));

    /// <summary>Offer and answer, and candidates as they are found; signaling takes its time too.</summary>
    public void Negotiate()
    {
        SdpDocument offer = A.Core.CreateOffer();
        // At most one of them is behind a door: two would need a third party to find each other.
        int behindDoor = _random.Next(4);
        AddSocket(A, behindDoor == 1);
        Later(SignalingDelay(), () =>
        {
            B.Core.SetRemote(Reparse(offer), isOffer: true, Now);
            SdpDocument answer = B.Core.CreateAnswer();
            AddSocket(B, behindDoor == 2);
            Later(SignalingDelay(), () => A.Core.SetRemote(Reparse(answer), isOffer: false, Now));
        });
    }

    public void AddSocket(CoreEnd end, bool behindDoor)
    {
        int id = end.Sockets.Count;
        TransportAddress inside = NewAddress(end == A ? "192.0.2.1" : "192.0.2.2");
        end.Sockets[id] = (inside, behindDoor ? NewAddress(end == A ? "203.0.113.1" : "203.0.113.2") : inside);
        end.Core.AddLocalAddress(id, inside, Now);
    }

    /// <summary>A door between the end and the network gives it another address; the old one leads nowhere.</summary>
    public void Rebind(CoreEnd end)
    {
        AddressChanges++;
        foreach (int id in end.Sockets.Keys.ToArray())
        {
            if (end.Sockets[id].Outside is not null) end.Sockets[id] = (end.Sockets[id].Inside, NewAddress(end == A ? "203.0.113.1" : "203.0.113.2"));
        }
    }

    /// <summary>The end moves to another network: the sockets it has lead nowhere, a new one is told to the peer.</summary>
    public void Move(CoreEnd end)
    {
        AddressChanges++;
        PathCarries = PickSize();
        foreach (int id in end.Sockets.Keys.ToArray()) end.Sockets[id] = (end.Sockets[id].Inside, null);
        AddSocket(end, behindDoor: false);
    }

    public void Close(CoreEnd end)
    {
        Drain(end);
        end.Core.Close();
        ReadEvents(end);
        while (end.Core.WriteFarewell(_buffer, out IceRoute route, Now) is > 0 and int length) Transmit(end, route, length);
    }

    public bool RunUntil(Func<bool> condition, TimeSpan patience)
    {
        MonotonicTime end = Now + patience;
        while (true)
        {
            Drain(A);
            Drain(B);
            Check(A, B);
            Check(B, A);
            A.NoteStep();
            B.NoteStep();
            if (condition()) return true;
            MonotonicTime? next = MonotonicTime.Earliest(A.Core.NextTimeout, B.Core.NextTimeout);
            if (_agenda.TryPeek(out _, out (TimeSpan At, long) at)) next = MonotonicTime.Earliest(next, new MonotonicTime(at.At));
            if (next is not { } due || due > end) return false;
            if (due > Now) Now = due;
            if (++_steps > MaxSteps) Fail("Virtual time does not move on.");
            Step();
        }
    }

    public void Fail(string what) => Assert.Fail($"seed {_seed}, at {Now} (replay with {Seeds.Variable}={_seed}): {what} A is {A.Core.State}, B is {B.Core.State}; {Conditions}");

    // One mutation, then a full drain: by the loop that calls this.
    private void Step()
    {
        if (_agenda.TryPeek(out Action? action, out (TimeSpan At, long) at) && at.At <= Now.SinceStart)
        {
            _agenda.Dequeue();
            action();
            return;
        }

        CoreEnd end = A.Core.NextTimeout <= Now ? A : B;
        end.Core.HandleTimeout(Now);
        Drain(end);
        end.HasSpun |= end.Core.NextTimeout <= Now;
    }

    private void Drain(CoreEnd end)
    {
        bool wasOver = end.IsOver;
        int fits = end.Core.NextDatagramSize;
        while (end.Core.WriteDatagram(_buffer, out IceRoute route, Now) is > 0 and int length)
        {
            end.HasExceededPath |= length > fits && !end.Core.IsProbe;
            fits = end.Core.NextDatagramSize;
            // What was begun before the end may still say why it ended.
            end.HasSpokenAfterEnd |= wasOver;
            end.HasTrustedStranger |= !StunMessage.LooksLikeStun(_buffer.AsSpan(0, length)) && !end.Core.Accepts(route);
            Transmit(end, route, length);
        }

        end.HasHeldBack |= end.Core.WriteDatagram(_buffer, out _, Now) > 0;
        ReadEvents(end);
    }

    private void ReadEvents(CoreEnd end)
    {
        List<ConnectionEvent> ends = [];
        while (end.Core.TryReadEvent(out ConnectionEvent e))
        {
            if (e.IsEnd) ends.Add(e);
            else Handle(end, e);
        }

        while (end.Core.Channels.TryReadMessage(out ReceivedMessage message))
        {
            end.NoteReceived(message);
            end.Core.Channels.Consume(message.Charge);
        }

        foreach (ConnectionEvent e in ends) Handle(end, e);
    }

    private void Handle(CoreEnd end, ConnectionEvent e)
    {
        CoreEnd peer = end == A ? B : A;
        switch (e.Kind)
        {
            case ConnectionEventKind.LocalCandidate:
                Later(SignalingDelay(), () => peer.Core.TryAddRemoteCandidate(e.Text, Now));
                break;
            case ConnectionEventKind.StateChanged:
                end.States.Add(e.State);
                if (e.IsEnd) end.Ends.Add(e);
                break;
            case ConnectionEventKind.Channel when e.Channel.Kind is DataChannelEventKind.ChannelOpened or DataChannelEventKind.ChannelAnnounced:
                ChannelState channel = end.Core.Channels.GetChannel(e.Channel.Channel);
                end.Channels[channel.Label] = channel.Handle;
                Opened?.Invoke(end, channel.Label);
                break;
        }
    }

    private void Transmit(CoreEnd end, IceRoute route, int length)
    {
        // What asks not to be cut is lost where it does not fit; all else arrives, in parts if need be.
        if (end.Core.IsProbe && length > PathCarries) return;
        if (end.Sockets[route.SocketId].Outside is { } outside) Seen?.Invoke(end, outside, route.Remote, _buffer[..length]);
        if (end.Sockets[route.SocketId].Outside is not { } from || _random.NextDouble() < Conditions.Loss) return;
        int copies = _random.NextDouble() < Conditions.Duplication ? 2 : 1;
        byte[] packet = _buffer[..length];
        if (_random.NextDouble() < Corruption && !IsPlainHandshake(packet)) packet[_random.Next(length)] ^= (byte)(1 << _random.Next(8));
        for (int i = 0; i < copies; i++)
        {
            TimeSpan delay = Conditions.Delay + (_random.NextDouble() * Conditions.Jitter);
            if (_random.NextDouble() < Conditions.Reordering) delay += _random.NextDouble() * Conditions.ReorderDelay;
            Later(delay, () => Arrive(from, route.Remote, packet));
        }
    }

    private void Arrive(TransportAddress from, TransportAddress to, byte[] packet)
    {
        foreach (CoreEnd end in (CoreEnd[])[A, B])
        {
            foreach ((int id, (TransportAddress _, TransportAddress? outside)) in end.Sockets)
            {
                if (outside == to) end.Core.HandleDatagram(id, from, packet, Now);
            }
        }
    }

    private void Check(CoreEnd end, CoreEnd peer)
    {
        if (CoreInvariants.FindBroken(end, peer) is { } sentence) Fail($"{end.Name} breaks \"{sentence}\"");
    }

    private int PickSize() => _random.Next(4) switch { 0 => 1280, 1 => 1472, 2 => 8972, _ => ushort.MaxValue };

    private TimeSpan SignalingDelay() => TimeSpan.FromMilliseconds(_random.Next(500));

    // Nothing protects the first flights before their end, which finds every change and ends the handshake: a network that alters those connects nobody.
    private static bool IsPlainHandshake(ReadOnlySpan<byte> packet) =>
        DtlsRecordHeader.TryRead(packet, out DtlsRecordHeader header, out _) && header is { Epoch: 0, Type: DtlsContentType.Handshake or DtlsContentType.ChangeCipherSpec };

    private TransportAddress NewAddress(string address) => TransportAddress.From(IPAddress.Parse(address), _port++);

    private static SdpDocument Reparse(SdpDocument document)
    {
        Assert.True(SdpDocument.TryParse(document.ToString(), out SdpDocument? parsed, out string? error), error);
        return parsed!;
    }
}
