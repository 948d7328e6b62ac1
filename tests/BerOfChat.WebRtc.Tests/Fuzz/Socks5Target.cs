using BerOfChat.Fuzzing;
using BerOfChat.WebRtc.Proxies;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>The answers of a SOCKS5 proxy: their meaning does not depend on the pieces in which they come.</summary>
internal sealed class Socks5Target : FuzzTarget
{
    public override IEnumerable<byte[]> Seeds => new[]
    {
        "050005000001C000020126AC",
        "0502010005000001C000020126AC010203",
        "05000500000420010DB800000000000000000000000726AC",
        "0500050000030361626326AC",
        "05FF",
        "05020101",
        "05000502",
    }.Select(Convert.FromHexString);

    public override int MaxInputLength => 600;

    public override int Run(ReadOnlySpan<byte> input) => ProxyTargets.Run(() => new Socks5Handshake("turn.example", 443, new ProxyCredentials("user", "password")), input);
}
