using System.Text;
using BerOfChat.Fuzzing;
using BerOfChat.WebRtc.Ice;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>A candidate line: a usable one, written again, reads as the same.</summary>
internal sealed class CandidateTarget : FuzzTarget
{
    public override IEnumerable<byte[]> Seeds => new[]
    {
        "candidate:1 1 udp 2122317823 192.0.2.7 50000 typ host",
        "a=candidate:842163049 1 udp 1677729535 203.0.113.9 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag h3Kq network-cost 999",
        "candidate:2 1 UDP 33562367 2001:db8::7 3478 typ relay raddr 192.0.2.1 rport 9",
        "candidate:3 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active",
        "candidate:4 1 udp 2113937151 0b6ee8a4-3b0c-4f0c-a3ce-1d9c5b6dcf6e.local 57119 typ host",
        "candidate:5 1 udp 1 fe80::1%eth0 1 typ prflx",
    }.Select(Encoding.Latin1.GetBytes);

    public override IReadOnlyList<byte[]> Words { get; } = [.. new[] { " ", " typ host", " ufrag ", "::", "::ffff:", "65536", "4294967296", "0x1", ".local", "%1", "0.0.0.0", "224.0.0.1" }.Select(Encoding.Latin1.GetBytes)];

    public override int MaxInputLength => 600;

    public override int Run(ReadOnlySpan<byte> input)
    {
        IceCandidateParseResult result = IceCandidate.TryParse(Encoding.Latin1.GetString(input), out IceCandidate? candidate, out string? ufrag);
        if ((result == IceCandidateParseResult.Usable) != candidate is not null) throw new InvalidOperationException("Only a usable candidate is given back.");
        if (candidate is null) return (int)result;
        if (candidate.Address.IsUnusable) throw new InvalidOperationException("Nothing is to be sent to such an address.");
        if (IceCandidate.TryParse(candidate.ToLine(), out IceCandidate? again, out _) != IceCandidateParseResult.Usable || again != candidate)
            throw new InvalidOperationException("What was written reads as something else.");
        return HashCode.Combine(candidate.Type, candidate.Address.ToIPAddress().AddressFamily, ufrag is null, candidate.Address.ToIPAddress().IsIPv4MappedToIPv6);
    }
}
