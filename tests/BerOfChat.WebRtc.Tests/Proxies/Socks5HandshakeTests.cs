using System.Text;
using BerOfChat.WebRtc.Proxies;

namespace BerOfChat.WebRtc.Tests.Proxies;

public sealed class Socks5HandshakeTests
{
    private static readonly ProxyCredentials s_credentials = new("user", "pässword");
    private readonly byte[] _buffer = new byte[ProxyHandshake.MaxRequestSize];

    [Fact]
    public void A_name_goes_to_the_proxy_as_it_is()
    {
        Socks5Handshake handshake = new("turn.example", 443, null);
        Assert.Equal("050100", Write(handshake));
        Assert.Equal("", Write(handshake));
        Handle(handshake, "0500");
        Assert.Equal("050100030C" + Convert.ToHexString("turn.example"u8) + "01BB", Write(handshake));
        Handle(handshake, "05000001C000020126AC");
        Assert.True(handshake.IsEstablished);
        Assert.Equal("", Write(handshake));
        Assert.Equal(0, handshake.Handle([1, 2, 3]));
    }

    [Theory]
    [InlineData("192.0.2.7", "01C0000207")]
    [InlineData("2001:db8::7", "0420010DB8000000000000000000000007")]
    public void An_address_goes_as_bytes(string host, string encoded)
    {
        Socks5Handshake handshake = new(host, 3478, null);
        Write(handshake);
        Handle(handshake, "0500");
        Assert.Equal("050100" + encoded + "0D96", Write(handshake));
    }

    [Fact]
    public void User_name_and_password_are_said_when_they_are_asked_for()
    {
        Socks5Handshake handshake = new("turn.example", 443, s_credentials);
        Assert.Equal("05020002", Write(handshake));
        Handle(handshake, "0502");
        Assert.Equal("0104" + Convert.ToHexString("user"u8) + "09" + Convert.ToHexString(Encoding.UTF8.GetBytes("pässword")), Write(handshake));
        Handle(handshake, "0100");
        Assert.StartsWith("05010003", Write(handshake), StringComparison.Ordinal);
    }

    [Fact]
    public void They_are_kept_from_a_proxy_that_does_not_ask()
    {
        Socks5Handshake handshake = new("turn.example", 443, s_credentials);
        Write(handshake);
        Handle(handshake, "0500");
        Assert.StartsWith("05010003", Write(handshake), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("05000001C000020126AC")]
    [InlineData("0500000420010DB800000000000000000000000726AC")]
    [InlineData("0500000303616263" + "26AC")]
    [InlineData("0500000300" + "26AC")]
    public void An_answer_in_pieces_of_any_size_establishes(string reply)
    {
        Socks5Handshake handshake = new("turn.example", 443, null);
        foreach (byte b in Convert.FromHexString("0500" + reply))
        {
            Assert.False(handshake.IsEstablished);
            Write(handshake);
            Assert.Equal(1, handshake.Handle([b]));
        }

        Assert.True(handshake.IsEstablished);
    }

    [Theory]
    [InlineData("05FF", false, "CredentialsRequired", 0)]
    [InlineData("05FF", true, "MethodNotSupported", 0)]
    [InlineData("0502", false, "Malformed", 0)]
    [InlineData("0501", true, "Malformed", 0)]
    [InlineData("0400", false, "Malformed", 0)]
    [InlineData("4854", false, "Malformed", 0)]
    [InlineData("0502|0101", true, "CredentialsRefused", 0)]
    [InlineData("0502|0500", true, "Malformed", 0)]
    [InlineData("0500|0501", false, "Failed", 1)]
    [InlineData("0500|0502", false, "Forbidden", 2)]
    [InlineData("0500|05030001000000000000", false, "DestinationUnreachable", 3)]
    [InlineData("0500|0504", false, "DestinationUnreachable", 4)]
    [InlineData("0500|0505", false, "DestinationRefused", 5)]
    [InlineData("0500|0506", false, "DestinationUnreachable", 6)]
    [InlineData("0500|0508", false, "Failed", 8)]
    [InlineData("0500|0400", false, "Malformed", 0)]
    [InlineData("0500|0500000900", false, "Malformed", 0)]
    [InlineData("050005", false, "Malformed", 0)]
    public void A_refusal_is_named(string answers, bool hasCredentials, string kind, int code)
    {
        Socks5Handshake handshake = new("turn.example", 443, hasCredentials ? s_credentials : null);
        foreach (string answer in answers.Split('|'))
        {
            Write(handshake);
            Handle(handshake, answer);
        }

        Assert.False(handshake.IsEstablished);
        Assert.Equal(new ProxyFailure(Enum.Parse<ProxyFailureKind>(kind), code), handshake.Failure);
        Assert.Equal("", Write(handshake));
    }

    [Fact]
    public void The_longest_request_fits()
    {
        string longest = new('a', ProxyHandshake.MaxCredentialLength);
        Socks5Handshake handshake = new(new string('h', ProxyHandshake.MaxHostLength), 65_535, new ProxyCredentials(longest, longest));
        Write(handshake);
        Handle(handshake, "0502");
        Assert.Equal(2 * (3 + 255 + 255), Write(handshake).Length);
        Handle(handshake, "0100");
        Assert.Equal(2 * (5 + 255 + 2), Write(handshake).Length);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(256, 1)]
    [InlineData(1, 256)]
    public void Credentials_that_have_no_room_are_refused(int user, int password) =>
        Assert.Throws<ArgumentException>(() => new Socks5Handshake("turn.example", 443, new ProxyCredentials(new string('a', user), new string('a', password))));

    private static void Handle(Socks5Handshake handshake, string hex) => handshake.Handle(Convert.FromHexString(hex));

    private string Write(Socks5Handshake handshake) => Convert.ToHexString(_buffer.AsSpan(0, handshake.Write(_buffer)));
}
