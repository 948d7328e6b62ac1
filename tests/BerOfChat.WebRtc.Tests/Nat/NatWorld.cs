using System.Net;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Sdp;
using BerOfChat.WebRtc.Tests.Turn;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>Two whole connections, each at its site, with STUN and TURN servers in between, in virtual time. The same seed gives the same run.</summary>
internal sealed class NatWorld
{
    private const int MaxSteps = 200_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40), s_patienceForStreams = TimeSpan.FromSeconds(10);

    private readonly byte[] _buffer = new byte[PeerConnectionCore.LargestDatagramSize];
    private readonly Site _servers;
    private readonly int _seed;
    private int _steps;

    public NatWorld(int seed, LinkConditions conditions, Site siteOfA, Site siteOfB)
    {
        _seed = seed;
        Internet = new VirtualInternet(seed, conditions);
        _servers = Internet.Add(new Site("servers"));
        Internet.Add(siteOfA);
        if (siteOfB != siteOfA) Internet.Add(siteOfB);
        A = new NatEnd("A", seed, siteOfA, firstPort: 50_000);
        B = new NatEnd("B", seed + 1_000_000, siteOfB, firstPort: 51_000);
    }

    public VirtualInternet Internet { get; }

    public NatEnd A { get; }

    public NatEnd B { get; }

    public MonotonicTime Now => Internet.Now;

    public IReadOnlyList<NatEnd> Ends => [A, B];

    /// <summary>When the channel was open on both sides.</summary>
    public TimeSpan OpenAfter { get; private set; }

    /// <summary>What becomes of a description on its way; null: it is lost.</summary>
    public Func<SdpDocument, SdpDocument?> CarryDescription { get; set; } = static d => d;

    /// <summary>Whether candidates of an end reach the other one.</summary>
    public Predicate<NatEnd> CarriesCandidates { get; set; } = static _ => true;

    private TimeSpan Signaling => Internet.Conditions.Delay;

    /// <summary>A server that answers at an address, by datagrams or streams; what it relays comes from the same address.</summary>
    public TurnServerModel AddServer(string address, int port = 3478, bool isStream = false)
    {
        var ip = IPAddress.Parse(address);
        TurnServerModelOptions options = new() { IsStream = isStream };
        TurnServerModel server = new(TransportAddress.From(ip, port), ip.GetAddressBytes().Length == TransportAddress.IPv4Size ? options with { RelayIPv4 = ip } : options with { RelayIPv4 = null, RelayIPv6 = ip });
        Listen(server, server.Address, isStream);
        return server;
    }

    /// <summary>Offer and answer, and candidates as they are found. Each end has sockets at these addresses, and asks these servers.</summary>
    public void Negotiate(IReadOnlyList<string> addressesOfA, IReadOnlyList<string> addressesOfB, params IReadOnlyList<string> urls)
    {
        foreach (NatEnd end in Ends) end.Core.Channels.Open("data", "", new ChannelReliability(), 0);
        SdpDocument offer = A.Core.CreateOffer();
        Gather(A, addressesOfA, urls);
        Internet.Later(Signaling, () =>
        {
            if (CarryDescription(offer) is not { } carriedOffer) return;
            B.Core.SetRemote(Reparse(carriedOffer), isOffer: true, Now);
            SdpDocument answer = B.Core.CreateAnswer();
            Gather(B, addressesOfB, urls);
            if (CarryDescription(answer) is { } carriedAnswer) Internet.Later(Signaling, () => A.Core.SetRemote(Reparse(carriedAnswer), isOffer: false, Now));
        });
    }

    public bool RunUntil(Func<bool> condition, TimeSpan patience)
    {
        MonotonicTime end = Now + patience;
        while (true)
        {
            foreach (NatEnd each in Ends) Drain(each);
            if (condition()) return true;
            MonotonicTime? next = MonotonicTime.Earliest(MonotonicTime.Earliest(A.Core.NextTimeout, B.Core.NextTimeout), Internet.NextEvent);
            if (next is not { } due || due > end) break;
            Internet.MoveTo(due);
            if (++_steps > MaxSteps) Fail("Virtual time does not move on.");
            if (Internet.TryStep()) continue;
            foreach (NatEnd each in Ends)
            {
                if (each.Core.NextTimeout <= Now) each.Core.HandleTimeout(Now);
            }
        }

        Internet.MoveTo(end);
        return false;
    }

    /// <summary>Both connect, and stay with a path of the right kind: a relay may carry the first while other ways are tried, or what was lost is sent again.</summary>
    public void Connect(bool isRelayed)
    {
        if (!RunUntil(() => Ends.All(e => e.Channel is not null), s_patience)) Fail("They do not connect.");
        TimeSpan openAfter = Now.SinceStart;
        RunUntil(() => Ends.All(e => e.IsRelayed == isRelayed), s_patience);
        if (Ends.Any(e => e.IsRelayed != isRelayed)) Fail($"The path goes {(A.IsRelayed ? "by the relay" : "directly")}.");
        OpenAfter = openAfter;
    }

    /// <summary>Something arrives in both directions.</summary>
    public void Exchange()
    {
        int before = Ends.Min(e => e.Received.Count);
        foreach (NatEnd end in Ends) end.Core.Channels.Send(end.Channel!.Value, DataChannelMessageKind.Binary, [1, 2, 3], Now);
        if (!RunUntil(() => Ends.All(e => e.Received.Count > before), s_patience)) Fail("Nothing arrives.");
    }

    public void Fail(string what) => Assert.Fail($"seed {_seed} (replay with {Seeds.Variable}={_seed}), {A.Site} and {B.Site}, at {Now}: {what} A is {A.Core.State}, B is {B.Core.State}; {A.End?.Text}");

    private void Gather(NatEnd end, IReadOnlyList<string> addresses, IReadOnlyList<string> urls)
    {
        foreach (string url in urls)
        {
            Assert.True(IceServerUrl.TryParse(url, out IceServerUrl parsed, out string? mistake), mistake);
            int id = end.Core.AddServer(parsed, renewsCredentials: false);
            var server = TransportAddress.From(IPAddress.Parse(parsed.Host), parsed.Port);
            end.Core.UpdateServers(s => s.SetCredentials(id, TurnServerModelOptions.DefaultUsername, TurnServerModelOptions.DefaultPassword, Now), Now);
            if (parsed.IsStream) OpenStream(end, id, IPAddress.Parse(addresses[0]), server);
            else end.Core.UpdateServers(s => s.SetAddresses(id, [server], Now), Now);
        }

        foreach (string address in addresses)
        {
            int id = end.AddLink(IPAddress.Parse(address), isStream: false);
            end.Site.Listeners[end.Links[id]] = (from, packet) => end.Core.HandleDatagram(id, from, packet, Now);
            end.Core.AddLocalAddress(id, end.Links[id], Now);
        }

        end.Core.EndOfLocalAddresses(Now);
    }

    // A round trip for the handshake of TCP; or nobody answers.
    private void OpenStream(NatEnd end, int serverId, IPAddress address, TransportAddress server)
    {
        if (!end.Site.AllowsTcp(server))
        {
            Internet.Later(s_patienceForStreams, () => end.Core.UpdateServers(s => s.LoseStream(serverId, "No connection was made."), Now));
            return;
        }

        int link = end.AddLink(address, isStream: true);
        end.Site.Streams[end.Links[link]] = (from, packet) => end.Core.HandleDatagram(link, from, packet, Now);
        Internet.Later(2 * Internet.Conditions.Delay, () => end.Core.UpdateServers(s => s.SetStream(serverId, link, server, Now), Now));
    }

    private void Listen(TurnServerModel server, TransportAddress at, bool isStream)
    {
        (isStream && at == server.Address ? _servers.Streams : _servers.Listeners)[at] = (from, packet) =>
        {
            server.HandleDatagram(from, at, packet, Now);
            foreach (TurnServerAllocation allocation in server.Allocations)
            {
                if (!_servers.Listeners.ContainsKey(allocation.Relayed)) Listen(server, allocation.Relayed, isStream);
            }

            while (server.TryTake(out TransportAddress source, out TransportAddress target, out byte[] answer))
            {
                if (isStream && source == server.Address) Internet.SendOnStream(_servers, source, target, answer);
                else Internet.SendDatagram(_servers, source, target, answer);
            }
        };
    }

    private void Drain(NatEnd end)
    {
        while (end.Core.WriteDatagram(_buffer, out IceRoute route, Now) is > 0 and int length)
        {
            if (end.Streams.Contains(route.SocketId)) Internet.SendOnStream(end.Site, end.Links[route.SocketId], route.Remote, _buffer[..length]);
            else Internet.SendDatagram(end.Site, end.Links[route.SocketId], route.Remote, _buffer[..length]);
        }

        while (end.Core.TryReadEvent(out ConnectionEvent e)) Handle(end, e);
        while (end.Core.Channels.TryReadMessage(out ReceivedMessage message))
        {
            end.Received.Add(message.Payload.ToArray());
            message.Payload.Release();
            end.Core.Channels.Consume(message.Charge);
        }
    }

    private void Handle(NatEnd end, ConnectionEvent e)
    {
        switch (e.Kind)
        {
            case ConnectionEventKind.LocalCandidate:
                if (!CarriesCandidates(end)) break;
                NatEnd peer = end == A ? B : A;
                Internet.Later(Signaling, () => peer.Core.TryAddRemoteCandidate(e.Text, Now));
                break;
            case ConnectionEventKind.StateChanged when e.IsEnd:
                end.End = e;
                break;
            case ConnectionEventKind.Channel when e.Channel.Kind == DataChannelEventKind.ChannelOpened:
                end.Channel = e.Channel.Channel;
                break;
        }
    }

    private static SdpDocument Reparse(SdpDocument document)
    {
        Assert.True(SdpDocument.TryParse(document.ToString(), out SdpDocument? parsed, out string? error), error);
        return parsed!;
    }
}
