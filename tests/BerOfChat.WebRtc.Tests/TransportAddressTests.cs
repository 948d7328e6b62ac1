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
}
