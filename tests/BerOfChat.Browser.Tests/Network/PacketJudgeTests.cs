using System.Buffers.Binary;
using System.Net;

namespace BerOfChat.Browser;

/// <summary>The watch at the browser's line would notice if the browser talked to somebody else.</summary>
public sealed class PacketJudgeTests
{
    private const byte Tcp = 6, Udp = 17, IcmpV6 = 58;

    private static readonly PacketJudge s_judge = new([IPAddress.Parse("198.18.0.1"), IPAddress.Parse("fdbe::1")], [IPAddress.Parse("192.0.2.53")]);

    [Theory]
    [InlineData(Udp, "198.18.0.1", 50_000, "ToUs")]
    [InlineData(Udp, "fdbe::1", 50_000, "ToUs")]
    [InlineData(Udp, "224.0.0.251", 5353, "MulticastDns")]
    [InlineData(Udp, "ff02::fb", 5353, "MulticastDns")]
    [InlineData(IcmpV6, "ff02::16", 0, "Housekeeping")]
    [InlineData(Tcp, "198.18.0.1", 443, "Stranger")]
    [InlineData(Udp, "203.0.113.1", 53, "Stranger")]
    [InlineData(Udp, "239.255.255.250", 1900, "Stranger")]
    [InlineData(Udp, "2001:db8::1", 443, "Stranger")]
    [InlineData(Tcp, "2001:db8::1", 443, "Stranger")]
    [InlineData(IcmpV6, "2001:db8::1", 0, "Stranger")]
    public void A_packet_is_judged_by_whom_it_goes_to(byte protocol, string destination, ushort port, string kind) =>
        Assert.Equal(kind, s_judge.Judge(Frame(protocol, IPAddress.Parse(destination), port), out _).ToString());

    [Theory]
    [InlineData("198.18.0.1", "Housekeeping")]
    [InlineData("192.0.2.53", "Housekeeping")]
    [InlineData("203.0.113.1", "Stranger")]
    public void A_search_is_judged_by_whom_it_looks_for(string target, string kind)
    {
        byte[] frame = new byte[42];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0806);
        IPAddress.Parse(target).GetAddressBytes().CopyTo(frame, 38);
        Assert.Equal(kind, s_judge.Judge(frame, out _).ToString());
    }

    [Fact]
    public void A_frame_that_is_cut_off_is_a_stranger()
    {
        byte[] whole = Frame(Udp, IPAddress.Parse("fdbe::1"), 50_000);
        for (int length = 0; length < 54; length++) Assert.Equal(PacketKind.Stranger, s_judge.Judge(whole.AsSpan(0, length), out _));
    }

    private static byte[] Frame(byte protocol, IPAddress destination, ushort port)
    {
        byte[] address = destination.GetAddressBytes();
        bool isIPv6 = address.Length == 16;
        byte[] frame = new byte[14 + (isIPv6 ? 40 : 20) + 8];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), isIPv6 ? (ushort)0x86DD : (ushort)0x0800);
        frame[14] = isIPv6 ? (byte)0x60 : (byte)0x45;
        frame[14 + (isIPv6 ? 6 : 9)] = protocol;
        address.CopyTo(frame, 14 + (isIPv6 ? 24 : 16));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(frame.Length - 6), port);
        return frame;
    }
}
