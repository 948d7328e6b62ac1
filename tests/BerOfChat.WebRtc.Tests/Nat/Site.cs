namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>A network at the edge of a <see cref="VirtualInternet"/>: public, or behind a NAT, perhaps with a firewall.</summary>
internal sealed class Site(string name, NatBox? nat = null)
{
    public string Name => name;

    public NatBox? Nat => nat;

    /// <summary>Whether a datagram may leave from one of our addresses to another one. The default is yes; answers come in where the NAT lets them.</summary>
    public Func<TransportAddress, TransportAddress, bool> AllowsUdp { get; set; } = static (_, _) => true;

    /// <summary>What a box at the edge makes of a datagram that leaves; null: it drops it.</summary>
    public Func<byte[], byte[]?> Alter { get; set; } = static packet => packet;

    /// <summary>Whether a stream may be opened to there. The default is yes.</summary>
    public Func<TransportAddress, bool> AllowsTcp { get; set; } = static _ => true;

    /// <summary>Who listens for datagrams, by inner address.</summary>
    public Dictionary<TransportAddress, Receive> Listeners { get; } = [];

    /// <summary>Whose the ends of streams are. Each has an address that nobody else has.</summary>
    public Dictionary<TransportAddress, Receive> Streams { get; } = [];

    public override string ToString() => name;
}

/// <summary>Takes what arrives at an address.</summary>
internal delegate void Receive(TransportAddress from, byte[] packet);
