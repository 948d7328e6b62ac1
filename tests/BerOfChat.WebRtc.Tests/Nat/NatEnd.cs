using System.Net;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>One of the two connections of a <see cref="NatWorld"/>: where it stands, and what it has seen.</summary>
internal sealed class NatEnd
{
    // Signatures need randomness of their own, which changes no time.
    private static readonly DtlsCertificate s_certificate = DtlsCertificate.Create(new SeededRandomSource(1), DateTimeOffset.UnixEpoch);

    private int _nextPort;

    public NatEnd(string name, int seed, Site site, int firstPort)
    {
        Name = name;
        Site = site;
        _nextPort = firstPort;
        SeededRandomSource random = new(seed);
        Core = new PeerConnectionCore(random, new DtlsHandshake(s_certificate, random), s_certificate.Sha256Fingerprint);
    }

    public string Name { get; }

    public Site Site { get; set; }

    public PeerConnectionCore Core { get; }

    /// <summary>Our address of each link: of a socket, or of a stream to a server.</summary>
    public Dictionary<int, TransportAddress> Links { get; } = [];

    /// <summary>Which of them are streams.</summary>
    public HashSet<int> Streams { get; } = [];

    public List<byte[]> Received { get; } = [];

    public int? Channel { get; set; }

    public ConnectionEvent? End { get; set; }

    /// <summary>How the data goes at our side.</summary>
    public IceCandidateType? PathType => Core.SelectedPair?.Local.Candidate.Type;

    public bool IsRelayed => Core.SelectedPair is { } pair && (pair.Local.Candidate.Type == IceCandidateType.Relay || pair.Remote.Type == IceCandidateType.Relay);

    public int AddLink(IPAddress address, bool isStream)
    {
        int id = Links.Count;
        Links[id] = TransportAddress.From(address, _nextPort++);
        if (isStream) Streams.Add(id);
        return id;
    }
}
