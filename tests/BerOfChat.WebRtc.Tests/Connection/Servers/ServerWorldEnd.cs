using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.Connection.Servers;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;
using BerOfChat.WebRtc.Ice.Gathering;
using BerOfChat.WebRtc.Tests.Turn;

namespace BerOfChat.WebRtc.Tests.Connection.Servers;

/// <summary>One of the two connections of a <see cref="ServerWorld"/>: what it is made of, and what it has seen.</summary>
internal sealed class ServerWorldEnd
{
    public const string Label = "data";

    private readonly List<(string Url, TransportAddress? Address, string Username, string Password, bool Renews)> _servers = [];

    public ServerWorldEnd(string name, int seed, bool isRelayOnly, bool hidesPrivate = false)
    {
        Name = name;
        SeededRandomSource random = new(seed);
        DtlsCertificate certificate = DtlsCertificate.Create(random, DateTimeOffset.UnixEpoch);
        Core = new PeerConnectionCore(random, new DtlsHandshake(certificate, random), certificate.Sha256Fingerprint) { IsRelayOnly = isRelayOnly, HidesPrivateAddresses = hidesPrivate };
    }

    public string Name { get; }

    public PeerConnectionCore Core { get; }

    /// <summary>Sockets by number: as they are bound, and as others see them.</summary>
    public Dictionary<int, (TransportAddress Inside, TransportAddress Outside)> Sockets { get; } = [];

    public List<string> Candidates { get; } = [];

    public List<byte[]> Received { get; } = [];

    public MonotonicTime? GatheredAt { get; set; }

    public ConnectionEvent? End { get; set; }

    public int? Channel { get; set; }

    public bool IsOpen => Channel is not null;

    public int CredentialsAsked { get; set; }

    /// <summary>Answers the question for new credentials of a server.</summary>
    public Action<int>? Renew { get; set; }

    public void AddSocket(string inside, int port, string? outside = null) =>
        Sockets[Sockets.Count] = (ServerWorld.Address(inside, port), ServerWorld.Address(outside ?? inside, port));

    /// <summary>Names a server; its name does not resolve when there is no address.</summary>
    public void Use(string url, TransportAddress? address, string username = TurnServerModelOptions.DefaultUsername, string password = TurnServerModelOptions.DefaultPassword, bool renews = false) =>
        _servers.Add((url, address, username, password, renews));

    public void Gather(MonotonicTime now)
    {
        foreach ((string url, TransportAddress? address, string username, string password, bool renews) in _servers)
        {
            Assert.True(IceServerUrl.TryParse(url, out IceServerUrl parsed, out string? mistake), mistake);
            int id = Core.AddServer(parsed, renews);
            Core.UpdateServers(
                servers =>
                {
                    servers.SetCredentials(id, username, password, now);
                    if (address is { } known) servers.SetAddresses(id, [known], now);
                    else servers.Fail(id, "The name of the server does not resolve.");
                },
                now);
        }

        foreach ((int id, (TransportAddress inside, _)) in Sockets) Core.AddLocalAddress(id, inside, now);
        Core.EndOfLocalAddresses(now);
    }

    public IceServerReport ReportOf(string url) => Core.ReadServerReports().First(r => r.Url.ToString().StartsWith(url, StringComparison.Ordinal));

    public void Send(MonotonicTime now, params byte[] message) => Core.Channels.Send(Channel!.Value, DataChannelMessageKind.Binary, message, now);
}
