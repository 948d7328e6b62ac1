using System.Net;
using System.Net.Sockets;

namespace BerOfChat.WebRtc.Tests;

public sealed class TransportAddressTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    public void What_a_socket_filled_in_is_read(string text, string expected)
    {
        IPEndPoint endPoint = new(IPAddress.Parse(text), 51_234);
        Assert.True(TransportAddress.TryFrom(endPoint.Serialize(), out TransportAddress address));
        Assert.Equal(TransportAddress.From(IPAddress.Parse(expected), 51_234), address);
        Assert.True(TransportAddress.TryFrom(address.ToSocketAddress(), out TransportAddress again));
        Assert.Equal(address, again);
    }

    [Fact]
    public void A_socket_address_of_another_family_is_refused() =>
        Assert.False(TransportAddress.TryFrom(new SocketAddress(AddressFamily.Unix, 32), out _));

    [Theory]
    [InlineData("10.255.0.1", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.31.255.254", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("192.169.1.1", false)]
    [InlineData("100.64.0.1", true)]
    [InlineData("100.127.255.254", true)]
    [InlineData("100.128.0.1", false)]
    [InlineData("169.254.1.1", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("203.0.113.1", false)]
    [InlineData("::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fc00::1", true)]
    [InlineData("fdff::1", true)]
    [InlineData("fe00::1", false)]
    [InlineData("2001:db8::1", false)]
    public void An_address_that_means_something_only_inside_is_private(string address, bool isPrivate) =>
        Assert.Equal(isPrivate, TransportAddress.From(IPAddress.Parse(address), 1).IsPrivate);
}
