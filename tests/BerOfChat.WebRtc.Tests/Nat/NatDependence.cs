namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>On what of the other end a NAT's mapping or filter depends (RFC 4787 sections 4.1 and 5).</summary>
internal enum NatDependence
{
    EndpointIndependent,
    AddressDependent,
    AddressAndPortDependent,
}
