using System.Text;
using BerOfChat.WebRtc.Proxies;

namespace BerOfChat.WebRtc.Tests.Proxies;

public sealed class HttpConnectHandshakeTests
{
    private readonly byte[] _buffer = new byte[ProxyHandshake.MaxRequestSize];

    [Fact]
    public void The_request_names_the_host_and_is_written_once()
    {
        HttpConnectHandshake handshake = new("turn.example", 443, null);
        Assert.Equal("CONNECT turn.example:443 HTTP/1.1\r\nHost: turn.example:443\r\n\r\n", Write(handshake));
        Assert.Equal("", Write(handshake));
    }

    [Fact]
    public void An_IPv6_address_stands_in_brackets() =>
        Assert.StartsWith("CONNECT [2001:db8::1]:3478 HTTP/1.1\r\nHost: [2001:db8::1]:3478\r\n", Write(new HttpConnectHandshake("2001:db8::1", 3478, null)), StringComparison.Ordinal);

    // The example of RFC 7617 section 2, and the one with UTF-8 of section 2.1.
    [Theory]
    [InlineData("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]
    [InlineData("test", "123£", "dGVzdDoxMjPCow==")]
    public void Credentials_go_with_the_first_request(string user, string password, string encoded) =>
        Assert.Contains($"\r\nProxy-Authorization: Basic {encoded}\r\n", Write(new HttpConnectHandshake("turn.example", 443, new ProxyCredentials(user, password))), StringComparison.Ordinal);

    [Fact]
    public void The_longest_request_fits()
    {
        string longest = new('a', ProxyHandshake.MaxCredentialLength);
        HttpConnectHandshake handshake = new(new string('h', ProxyHandshake.MaxHostLength), 65_535, new ProxyCredentials(longest, longest));
        Assert.EndsWith("\r\n\r\n", Write(handshake), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 Connection established\r\n\r\n")]
    [InlineData("HTTP/1.0 200\r\n\r\n")]
    [InlineData("HTTP/1.1 299 \r\nVia: 1.1 proxy\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\n\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")]
    public void A_success_establishes_and_what_follows_is_left(string answer)
    {
        HttpConnectHandshake whole = new("turn.example", 443, null), bytewise = new("turn.example", 443, null);
        Write(whole);
        Write(bytewise);
        Assert.Equal(answer.Length, whole.Handle(Encoding.ASCII.GetBytes(answer + "tunnel")));
        Assert.True(whole.IsEstablished);

        foreach (byte b in Encoding.ASCII.GetBytes(answer))
        {
            Assert.False(bytewise.IsEstablished);
            Assert.Equal(1, bytewise.Handle([b]));
        }

        Assert.True(bytewise.IsEstablished);
        Assert.Equal(0, bytewise.Handle([1]));
        Assert.Null(bytewise.Failure);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n", false, "CredentialsRequired", 407)]
    [InlineData("HTTP/1.1 407 Authenticate\r\nproxy-authenticate:basic\r\nProxy-Authenticate: NTLM\r\n\r\n", true, "CredentialsRefused", 407)]
    [InlineData("HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n", true, "MethodNotSupported", 407)]
    [InlineData("HTTP/1.1 407 Authenticate\r\n\r\n", true, "CredentialsRefused", 407)]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", false, "Forbidden", 403)]
    [InlineData("HTTP/1.1 405 Method Not Allowed\r\n\r\n", false, "Forbidden", 405)]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\n\r\n", false, "DestinationUnreachable", 502)]
    [InlineData("HTTP/1.1 504 Gateway Timeout\r\n\r\n", false, "DestinationUnreachable", 504)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", false, "Failed", 302)]
    [InlineData("HTTP/1.1 500 Error\r\n\r\n", false, "Failed", 500)]
    [InlineData("SSH-2.0-OpenSSH_10.0\r\n", false, "Malformed", 0)]
    [InlineData("HTTP/2 200\r\n", false, "Malformed", 0)]
    [InlineData("HTTP/1.1 20\r\n", false, "Malformed", 0)]
    [InlineData("HTTP/1.1 2000\r\n", false, "Malformed", 0)]
    [InlineData("HTTP/1.1 -20 x\r\n", false, "Malformed", 0)]
    [InlineData("HTTP/1.1 000 x\r\n", false, "Malformed", 0)]
    [InlineData("HTTP/1.1 999 x\r\n", false, "Malformed", 0)]
    [InlineData("\r\n", false, "Malformed", 0)]
    public void A_refusal_is_named(string answer, bool hasCredentials, string kind, int code)
    {
        HttpConnectHandshake handshake = new("turn.example", 443, hasCredentials ? new ProxyCredentials("user", "password") : null);
        Write(handshake);
        handshake.Handle(Encoding.ASCII.GetBytes(answer));
        Assert.False(handshake.IsEstablished);
        Assert.Equal(new ProxyFailure(Enum.Parse<ProxyFailureKind>(kind), code), handshake.Failure);
        Assert.NotEmpty(handshake.Failure!.Text);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n", "A: b\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nA: ", "b")]
    [InlineData("", "HTTP/1.1 100 Continue\r\n\r\n")]
    public void An_answer_of_a_proxy_that_does_not_end_is_given_up(string beginning, string rest)
    {
        HttpConnectHandshake handshake = new("turn.example", 443, null);
        Write(handshake);
        int total = handshake.Handle(Encoding.ASCII.GetBytes(beginning));
        while (handshake.Failure is null) total += handshake.Handle(Encoding.ASCII.GetBytes(rest));
        Assert.Equal(ProxyFailureKind.Malformed, handshake.Failure.Kind);
        Assert.Equal(HttpConnectHandshake.MaxAnswerSize + 1, total);
    }

    [Theory]
    [InlineData("")]
    [InlineData("turn.example\r\nX: y")]
    [InlineData("turn example")]
    [InlineData("türn.example")]
    public void A_host_that_would_break_the_request_is_refused(string host)
    {
        Assert.ThrowsAny<ArgumentException>(() => new HttpConnectHandshake(host, 443, null));
        Assert.ThrowsAny<ArgumentException>(() => new Socks5Handshake(host, 443, null));
    }

    [Fact]
    public void A_user_name_with_a_colon_is_refused() => Assert.Throws<ArgumentException>(() => new HttpConnectHandshake("turn.example", 443, new ProxyCredentials("a:b", "c")));

    private string Write(HttpConnectHandshake handshake) => Encoding.ASCII.GetString(_buffer, 0, handshake.Write(_buffer));
}
