using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>A client and a server with our handshake, joined by a link in virtual time.</summary>
internal sealed class DtlsPair : IDisposable
{
    private const int MaxSteps = 10_000;
    private static readonly DateTimeOffset s_today = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly byte[] _buffer = new byte[2048];

    public DtlsPair(int seed = 1, LinkConditions? conditions = null, int clientDatagram = HandshakeLimits.MaxDatagramSize, int serverDatagram = HandshakeLimits.MaxDatagramSize)
    {
        Link = new SimulatedLink(seed, conditions ?? new LinkConditions { Delay = TimeSpan.FromMilliseconds(5) });
        SeededRandomSource clientRandom = new(seed), serverRandom = new(seed + 1_000_000);
        ClientCertificate = DtlsCertificate.Create(clientRandom, s_today);
        ServerCertificate = DtlsCertificate.Create(serverRandom, s_today);
        ClientHandshake = new DtlsHandshake(ClientCertificate, clientRandom) { MaxDatagramSize = clientDatagram };
        ServerHandshake = new DtlsHandshake(ServerCertificate, serverRandom) { MaxDatagramSize = serverDatagram };
        Client = new DtlsEndpoint(ClientHandshake);
        Server = new DtlsEndpoint(ServerHandshake);
    }

    public SimulatedLink Link { get; }

    public DtlsCertificate ClientCertificate { get; }

    public DtlsCertificate ServerCertificate { get; }

    public DtlsHandshake ClientHandshake { get; }

    public DtlsHandshake ServerHandshake { get; }

    public DtlsEndpoint Client { get; }

    public DtlsEndpoint Server { get; }

    public MonotonicTime Now { get; private set; }

    public bool IsConnected => Client.State == DtlsState.Connected && Server.State == DtlsState.Connected;

    public void Start() => Start(ServerCertificate.Sha256Fingerprint.Span, ClientCertificate.Sha256Fingerprint.Span);

    /// <summary>Starts both ends, each with the fingerprint that it expects.</summary>
    public void Start(ReadOnlySpan<byte> ofServer, ReadOnlySpan<byte> ofClient)
    {
        Client.Start(true, ofServer, Now);
        Server.Start(false, ofClient, Now);
    }

    /// <summary>Moves datagrams and time until the condition holds; false when nothing more can happen or the patience ends.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan? patience = null)
    {
        MonotonicTime end = Now + (patience ?? TimeSpan.FromSeconds(30));
        for (int step = 0; step < MaxSteps; step++)
        {
            Drain(LinkEnd.A);
            Drain(LinkEnd.B);
            if (condition()) return true;
            MonotonicTime? next = MonotonicTime.Earliest(Link.NextArrival, MonotonicTime.Earliest(Client.NextTimeout, Server.NextTimeout));
            if (next is not { } due || due > end) return false;
            if (due > Now) Now = due;
            foreach (LinkEnd at in (LinkEnd[])[LinkEnd.A, LinkEnd.B])
            {
                DtlsEndpoint endpoint = Endpoint(at);
                if (endpoint.NextTimeout <= Now) endpoint.HandleTimeout(Now);
                if (Link.TryReceive(at, Now, out byte[] packet)) endpoint.HandleDatagram(packet, Now);
            }
        }

        throw new InvalidOperationException("Virtual time does not move on.");
    }

    public bool Receives(DtlsEndpoint endpoint, ReadOnlySpan<byte> datagram)
    {
        endpoint.HandleDatagram(datagram, Now);
        return endpoint.TryReadApplicationData(Now, out _);
    }

    public byte[] Carry(DtlsEndpoint from, DtlsEndpoint to, ReadOnlySpan<byte> packet)
    {
        byte[] record = new byte[300];
        to.HandleDatagram(record.AsSpan(0, from.Seal(packet, record)), Now);
        return to.TryReadApplicationData(Now, out ReadOnlySpan<byte> data) ? data.ToArray() : [];
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        ClientCertificate.Dispose();
        ServerCertificate.Dispose();
    }

    private DtlsEndpoint Endpoint(LinkEnd end) => end == LinkEnd.A ? Client : Server;

    private void Drain(LinkEnd end)
    {
        while (Endpoint(end).WriteDatagram(_buffer, Now) is > 0 and int length) Link.Send(end, _buffer.AsSpan(0, length), Now);
    }
}
