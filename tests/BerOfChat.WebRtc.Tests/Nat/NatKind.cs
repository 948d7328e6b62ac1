namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>How a NAT translates and filters (RFC 4787).</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Mapping">For which other ends one inner address keeps one outer address.</param>
/// <param name="Filter">Who may answer through a mapping: anybody, addresses written to before, or addresses and ports.</param>
internal sealed record NatKind(string Name, NatDependence Mapping, NatDependence Filter)
{
    public static NatKind FullCone { get; } = new("full cone", NatDependence.EndpointIndependent, NatDependence.EndpointIndependent);

    public static NatKind AddressRestricted { get; } = new("address-restricted", NatDependence.EndpointIndependent, NatDependence.AddressDependent);

    public static NatKind PortRestricted { get; } = new("port-restricted", NatDependence.EndpointIndependent, NatDependence.AddressAndPortDependent);

    public static NatKind Symmetric { get; } = new("symmetric", NatDependence.AddressAndPortDependent, NatDependence.AddressAndPortDependent);

    public static IReadOnlyList<NatKind> All { get; } = [FullCone, AddressRestricted, PortRestricted, Symmetric];

    /// <summary>How long a mapping lives after the last packet that left by it. RFC 4787 asks for two minutes at least; many give thirty seconds.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether two inside may reach each other by their outer addresses.</summary>
    public bool HasHairpin { get; init; }

    public override string ToString() => Name;
}
