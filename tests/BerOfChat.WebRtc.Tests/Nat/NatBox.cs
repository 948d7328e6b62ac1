using System.Net;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>A NAT with one outer address: gives inner addresses outer ones, and lets in what its kind allows.</summary>
internal sealed class NatBox(NatKind kind, IPAddress outer)
{
    private readonly List<Mapping> _mappings = [];
    private int _nextPort = 40_000;

    public NatKind Kind => kind;

    public IPAddress Outer => outer;

    /// <summary>The outer address of a packet that leaves.</summary>
    public TransportAddress Translate(TransportAddress inner, TransportAddress to, MonotonicTime now)
    {
        Mapping? mapping = _mappings.Find(m => m.Inner == inner && m.IsAlive(now) && Covers(kind.Mapping, m.First, to));
        if (mapping is null)
        {
            // Ports follow no pattern that the other side could guess.
            mapping = new Mapping(inner, TransportAddress.From(outer, _nextPort += 7), to);
            _mappings.Add(mapping);
        }

        mapping.Asked.Add(to);
        mapping.EndsAt = now + kind.Lifetime;
        return mapping.Outer;
    }

    /// <summary>Whose a packet from outside is; null when it is not let in.</summary>
    public TransportAddress? Admit(TransportAddress to, TransportAddress from, MonotonicTime now) =>
        _mappings.Find(m => m.Outer == to && m.IsAlive(now) && m.Asked.Any(asked => Covers(kind.Filter, asked, from)))?.Inner;

    /// <summary>All mappings are forgotten, as when the box starts anew.</summary>
    public void Restart() => _mappings.Clear();

    private static bool Covers(NatDependence dependence, TransportAddress known, TransportAddress other) => dependence switch
    {
        NatDependence.EndpointIndependent => true,
        NatDependence.AddressDependent => known.ToIPAddress().Equals(other.ToIPAddress()),
        _ => known == other,
    };

    private sealed class Mapping(TransportAddress inner, TransportAddress outer, TransportAddress first)
    {
        public TransportAddress Inner => inner;

        public TransportAddress Outer => outer;

        public TransportAddress First => first;

        public HashSet<TransportAddress> Asked { get; } = [];

        public MonotonicTime EndsAt { get; set; }

        public bool IsAlive(MonotonicTime now) => now < EndsAt;
    }
}
