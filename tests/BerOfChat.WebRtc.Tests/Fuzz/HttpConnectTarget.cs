using System.Text;
using BerOfChat.Fuzzing;
using BerOfChat.WebRtc.Proxies;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>The answer of an HTTP proxy: its meaning does not depend on the pieces in which it comes.</summary>
internal sealed class HttpConnectTarget : FuzzTarget
{
    public override IEnumerable<byte[]> Seeds => new[]
    {
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200\n\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nVia: x\r\n\r\nrest",
        "HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
        "HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: Negotiate\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nabc",
    }.Select(Encoding.Latin1.GetBytes);

    public override IReadOnlyList<byte[]> Words { get; } = [.. new[] { "\r\n", "\n", "\r\n\r\n", "HTTP/1.1 ", "200 ", "100 ", "407 ", "502 ", "Proxy-Authenticate: ", "Basic" }.Select(Encoding.Latin1.GetBytes)];

    public override int Run(ReadOnlySpan<byte> input) => ProxyTargets.Run(() => new HttpConnectHandshake("turn.example", 443, new ProxyCredentials("user", "password")), input);
}
