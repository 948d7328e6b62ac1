using static BerOfChat.WebRtc.Tests.Nat.DiagnosisLaboratory;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>Causes for which a path that was found is of no use, or is lost again.</summary>
public sealed class LostConnectionDiagnosisTests
{
    private const byte HandshakeRecord = 22, FirstDtlsRecord = 20, LastDtlsRecord = 63, ClientHello = 1;
    private const int HandshakeTypeOffset = 13, VersionOffset = 25;

    [Fact]
    public void Who_loses_its_network_knows_that_it_does_and_the_other_one_that_it_does_not()
    {
        NatWorld world = Connect(NatKind.PortRestricted, NatKind.PortRestricted, isRelayed: false, FirstStun);
        world.B.Site.AllowsUdp = static (_, _) => false;
        ExpectEnd(world, ConnectionDiagnosis.PeerGone, ConnectionDiagnosis.NetworkLost);
    }

    [Fact]
    public void A_router_that_is_restarted_gives_another_address()
    {
        NatWorld world = Connect(NatKind.PortRestricted, NatKind.PortRestricted, isRelayed: false, FirstStun);
        world.A.Site.Nat!.Restart();
        ExpectEnd(world, ConnectionDiagnosis.MappingLost, ConnectionDiagnosis.PeerGone);
    }

    [Fact]
    public void A_router_that_forgets_within_seconds_gives_another_address_too()
    {
        NatWorld world = Connect(NatKind.PortRestricted with { Lifetime = TimeSpan.FromSeconds(2) }, NatKind.PortRestricted, isRelayed: false, FirstStun);
        ExpectEnd(world, ConnectionDiagnosis.MappingLost, ConnectionDiagnosis.PeerGone);
    }

    [Fact]
    public void A_relay_whose_stream_breaks_is_lost()
    {
        const string ByTcp = "turn:198.51.100.9:443?transport=tcp";
        NatWorld world = Create(NatKind.Symmetric, NatKind.Symmetric);
        world.AddServer("198.51.100.9", 443, isStream: true);
        world.B.Site.AllowsTcp = static _ => false;
        Negotiate(world, FirstStun, ByTcp);
        world.Connect(isRelayed: true);
        world.A.Core.UpdateServers(static s => s.LoseStream(1, "The stream has ended."), world.Now);
        Assert.True(world.RunUntil(() => world.A.End is not null, TimeSpan.FromMinutes(2)));
        Expect(world.A, ConnectionDiagnosis.RelayLost);
    }

    [Fact]
    public void A_description_with_another_fingerprint_is_named_by_who_has_it_and_by_who_is_refused()
    {
        NatWorld world = Create(NatKind.FullCone, NatKind.FullCone);
        world.CarryDescription = static d => d with { Fingerprint = new byte[32] };
        Negotiate(world, FirstStun);
        ExpectEnd(world, ConnectionDiagnosis.CertificateMismatch, ConnectionDiagnosis.CertificateMismatch);
    }

    [Fact]
    public void A_version_of_DTLS_that_the_other_side_does_not_speak_is_refused()
    {
        NatWorld world = Create(NatKind.FullCone, NatKind.FullCone);
        foreach (NatEnd end in world.Ends) end.Site.Alter = WithOldVersion;
        Negotiate(world, FirstStun);
        ExpectEnd(world, ConnectionDiagnosis.DtlsRefused, ConnectionDiagnosis.DtlsRefused);
    }

    [Fact]
    public void A_network_that_lets_only_checks_pass_times_DTLS_out()
    {
        NatWorld world = Create(NatKind.FullCone, NatKind.FullCone);
        foreach (NatEnd end in world.Ends) end.Site.Alter = static packet => packet[0] is >= FirstDtlsRecord and <= LastDtlsRecord ? null : packet;
        Negotiate(world, FirstStun);
        ExpectEnd(world, ConnectionDiagnosis.DtlsTimedOut, ConnectionDiagnosis.DtlsTimedOut);
    }

    [Fact]
    public void Who_closes_says_so()
    {
        NatWorld world = Connect(NatKind.FullCone, NatKind.FullCone, isRelayed: false, FirstStun);
        world.A.Core.Close();
        Expect(world.A, ConnectionDiagnosis.ClosedLocally);
    }

    private static byte[] WithOldVersion(byte[] packet)
    {
        if (packet.Length <= VersionOffset + 1 || packet[0] != HandshakeRecord || packet[HandshakeTypeOffset] != ClientHello) return packet;
        byte[] altered = [.. packet];
        (altered[VersionOffset], altered[VersionOffset + 1]) = (0xFE, 0xFF);
        return altered;
    }

    private static NatWorld Connect(NatKind ofA, NatKind ofB, bool isRelayed, params string[] urls)
    {
        NatWorld world = Create(ofA, ofB);
        Negotiate(world, urls);
        world.Connect(isRelayed);
        return world;
    }
}
