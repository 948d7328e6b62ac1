using BerOfChat.Primitives;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Sdp;
using BerOfChat.WebRtc.Tests.Ice;
using BerOfChat.WebRtc.Tests.Sdp;

namespace BerOfChat.WebRtc.Tests.Limits;

/// <summary>How much a description and the candidates behind it may hold.</summary>
public sealed class DescriptionLimitTests
{
    private const string Candidate = "candidate:1 1 udp 2130706431 192.0.2.9 5000 typ host";

    private static readonly string s_offer = SdpSamples.All.First(sample => sample.Data.Item1 == "pion").Data.Item2;

    [Fact]
    public void A_description_that_is_too_long_or_has_too_many_lines_is_refused()
    {
        Assert.True(SdpDocument.TryParse(s_offer, out _, out _));
        Assert.False(SdpDocument.TryParse(s_offer + new string('x', 64 * 1024), out _, out string? error));
        Assert.Contains("longer than", error, StringComparison.Ordinal);
        Assert.False(SdpDocument.TryParse(s_offer + string.Concat(Enumerable.Repeat("\r\n", 2048)), out _, out error));
        Assert.Contains("too many lines", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_with_too_many_sections_is_refused_and_candidates_beyond_the_limit_are_left_out()
    {
        Assert.False(SdpDocument.TryParse(s_offer + string.Concat(Enumerable.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", 64)), out _, out string? error));
        Assert.Contains("media line", error, StringComparison.Ordinal);
        Assert.True(SdpDocument.TryParse(s_offer + string.Concat(Enumerable.Repeat($"a={Candidate}\r\n", 500)), out SdpDocument? document, out _));
        Assert.Equal(100, document!.Candidates.Count);
    }

    [Fact]
    public void A_value_longer_than_the_limit_is_as_good_as_absent()
    {
        Assert.False(SdpDocument.TryParse(s_offer.Replace("a=ice-pwd:", "a=ice-pwd:" + new string('a', 256), StringComparison.Ordinal), out _, out string? error));
        Assert.Contains("lacks ICE credentials", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_line_longer_than_the_limit_is_malformed()
    {
        string longest = Candidate + " generation " + new string('0', IceCandidate.MaxLineLength - Candidate.Length - " generation ".Length);
        Assert.Equal(IceCandidateParseResult.Usable, IceCandidate.TryParse(longest, out _, out _));
        Assert.Equal(IceCandidateParseResult.Malformed, IceCandidate.TryParse(longest + "0", out _, out _));
    }

    [Fact]
    public void A_flood_of_checks_before_the_description_is_answered_by_a_few()
    {
        IceWorld world = new(seed: 3);
        world.AddSocket(world.A, 1, "192.0.2.1", 1000);
        world.AddSocket(world.B, 2, "192.0.2.2", 1000);
        world.B.SetRemoteCredentials(world.A.LocalCredentials, MonotonicTime.Zero);
        Assert.True(world.B.TryAddRemoteCandidate(world.LinesOfA[0], MonotonicTime.Zero));
        byte[] buffer = new byte[2048];
        int check = 0;
        MonotonicTime now = MonotonicTime.Zero;
        while (check == 0)
        {
            check = world.B.WritePacket(buffer, out _);
            if (check > 0) break;
            now = world.B.NextTimeout!.Value;
            world.B.HandleTimeout(now);
        }

        for (int port = 1; port <= 2000; port++) world.A.HandlePacket(1, IceWorld.Address("192.0.2.2", port), buffer.AsSpan(0, check), now);
        int answers = 0;
        byte[] answer = new byte[2048];
        while (world.A.WritePacket(answer, out _) > 0) answers++;
        Assert.InRange(answers, 1, 300);
    }
}
