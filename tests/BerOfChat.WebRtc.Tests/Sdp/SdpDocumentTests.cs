using BerOfChat.WebRtc.Sdp;

namespace BerOfChat.WebRtc.Tests.Sdp;

public sealed class SdpDocumentTests
{
    private const string Fingerprint = "E2:53:D2:3C:4B:8F:04:0D:90:AA:3C:37:AF:08:1A:AE:31:60:16:5B:41:9D:B6:27:C4:2A:2D:9C:D1:47:C4:4F";

    private const string Chromium = $"""
        v=0
        o=- 4611732424345643532 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0
        a=extmap-allow-mixed
        a=msid-semantic: WMS
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 0.0.0.0
        a=candidate:1966762134 1 udp 2122260223 192.0.2.7 47299 typ host generation 0 network-id 1
        a=ice-ufrag:Qp6E
        a=ice-pwd:3ZCJDmTRRZwkoOAmXFMfvEQ4
        a=ice-options:trickle
        a=fingerprint:sha-256 {Fingerprint}
        a=setup:actpass
        a=mid:0
        a=sctp-port:5000
        a=max-message-size:262144
        a=sctp-init:AQAAJA
        """;

    private const string SessionLevel = $"""
        v=0
        o=rtc 3767197920 0 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE data
        a=ice-ufrag:F7gI
        a=ice-pwd:x9cml/YzichV2+XlhiMu8g
        a=fingerprint:sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB
        a=fingerprint:SHA-256 {Fingerprint}
        a=setup:active
        m=application 9 DTLS/SCTP webrtc-datachannel
        c=IN IP4 0.0.0.0
        a=mid:data
        """;

    private const string WithAudio = $"""
        v=0
        o=- 1 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        m=audio 9 UDP/TLS/RTP/SAVPF 111 63
        a=mid:audio
        a=ice-ufrag:AAAA
        a=ice-pwd:AAAAAAAAAAAAAAAAAAAAAAAA
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel
        a=mid:1
        a=ice-ufrag:Qp6E
        a=ice-pwd:3ZCJDmTRRZwkoOAmXFMfvEQ4
        a=fingerprint:sha-256 {Fingerprint}
        a=setup:actpass
        """;

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void An_offer_of_Chromium_is_read(string lineEnd)
    {
        Assert.True(SdpDocument.TryParse(Chromium.ReplaceLineEndings(lineEnd), out SdpDocument? offer, out string? error), error);
        Assert.Equal("Qp6E", offer!.UserFragment);
        Assert.Equal("3ZCJDmTRRZwkoOAmXFMfvEQ4", offer.Password);
        Assert.Equal(SdpSetup.ActPass, offer.Setup);
        Assert.Equal(262_144, offer.MaxMessageSize);
        Assert.Equal(Convert.FromHexString(Fingerprint.Replace(":", "", StringComparison.Ordinal)), offer.Fingerprint.ToArray());
        Assert.StartsWith("candidate:1966762134", Assert.Single(offer.Candidates), StringComparison.Ordinal);
    }

    [Fact]
    public void Attributes_of_the_session_hold_and_the_strong_fingerprint_is_taken()
    {
        Assert.True(SdpDocument.TryParse(SessionLevel, out SdpDocument? offer, out string? error), error);
        Assert.Equal("F7gI", offer!.UserFragment);
        Assert.Equal(SdpSetup.Active, offer.Setup);
        Assert.Equal(SdpDocument.DefaultMaxMessageSize, offer.MaxMessageSize);
        Assert.Equal("data", offer.Mid);
        Assert.Equal(SdpSetup.Passive, Answer(offer).Setup);
    }

    [Fact]
    public void An_answer_keeps_the_sections_refuses_other_media_and_echoes_nothing()
    {
        Assert.True(SdpDocument.TryParse(WithAudio, out SdpDocument? offer, out string? error), error);
        string answer = Answer(offer!).ToString();
        Assert.Contains("m=audio 0 UDP/TLS/RTP/SAVPF 111 63\r\n", answer, StringComparison.Ordinal);
        Assert.True(answer.IndexOf("m=audio", StringComparison.Ordinal) < answer.IndexOf("m=application", StringComparison.Ordinal));
        Assert.Contains("a=mid:1\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=setup:active\r\n", answer, StringComparison.Ordinal);

        Assert.True(SdpDocument.TryParse(Chromium, out offer, out _));
        Assert.DoesNotContain("sctp-init", Answer(offer!).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_INIT_of_a_description_is_read_written_and_ignored_when_it_is_not_base64()
    {
        Assert.True(SdpDocument.TryParse(Chromium, out SdpDocument? damaged, out _));
        Assert.True(damaged!.SctpInit.IsEmpty);
        Assert.True(SdpDocument.TryParse(Chromium.Replace("AQAAJA", "AQAAJAAA", StringComparison.Ordinal), out SdpDocument? whole, out _));
        Assert.Equal([1, 0, 0, 36, 0, 0], whole!.SctpInit.ToArray());
        Assert.True(SdpDocument.TryParse(whole.ToString(), out SdpDocument? again, out _));
        Assert.Equal(whole.SctpInit.ToArray(), again!.SctpInit.ToArray());
        Assert.True(SdpDocument.TryParse(Chromium.Replace("AQAAJA", new string('A', 40_000), StringComparison.Ordinal), out SdpDocument? oversized, out _));
        Assert.True(oversized!.SctpInit.IsEmpty);
    }

    [Fact]
    public void What_we_write_we_read_back()
    {
        Assert.True(SdpDocument.TryParse(Chromium, out SdpDocument? offer, out _));
        SdpDocument answer = Answer(offer!);
        Assert.True(SdpDocument.TryParse(answer.ToString(), out SdpDocument? read, out string? error), error);
        Assert.Equal(answer.UserFragment, read!.UserFragment);
        Assert.Equal(answer.Password, read.Password);
        Assert.Equal(answer.Fingerprint.ToArray(), read.Fingerprint.ToArray());
        Assert.Equal(answer.Setup, read.Setup);
        Assert.Equal(SdpDocument.OurMaxMessageSize, read.MaxMessageSize);
    }

    [Theory]
    [InlineData("ice-ufrag", "ICE credentials")]
    [InlineData("ice-pwd", "ICE credentials")]
    [InlineData("fingerprint", "fingerprint")]
    [InlineData("m=application", "no data channel")]
    [InlineData("v=0", "no session description")]
    public void What_is_missing_is_named(string missing, string named)
    {
        string sdp = string.Join("\r\n", Chromium.ReplaceLineEndings("\n").Split('\n').Where(l => !l.Contains(missing, StringComparison.Ordinal)));
        Assert.False(SdpDocument.TryParse(sdp, out _, out string? error));
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_withdrawn_form_is_refused_with_its_name()
    {
        string sdp = Chromium.Replace("9 UDP/DTLS/SCTP webrtc-datachannel", "9 DTLS/SCTP 5000", StringComparison.Ordinal)
            .Replace("a=sctp-port:5000", "a=sctpmap:5000 webrtc-datachannel 1024", StringComparison.Ordinal);
        Assert.False(SdpDocument.TryParse(sdp, out _, out string? error));
        Assert.Contains("sctpmap", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a=ice-ufrag:Qp6E", "a=ice-ufrag:Qp6")]
    [InlineData("a=ice-ufrag:Qp6E", "a=ice-ufrag:Qp 6E")]
    [InlineData("a=ice-pwd:3ZCJDmTRRZwkoOAmXFMfvEQ4", "a=ice-pwd:3ZCJ")]
    [InlineData("a=setup:actpass", "a=setup:both")]
    [InlineData("a=mid:0", "a=mid:0 1")]
    [InlineData("a=sctp-port:5000", "a=sctp-port:70000")]
    [InlineData("a=max-message-size:262144", "a=max-message-size:-1")]
    public void A_wrong_value_is_refused(string right, string wrong)
    {
        Assert.Contains(right, Chromium, StringComparison.Ordinal);
        Assert.False(SdpDocument.TryParse(Chromium.Replace(right, wrong, StringComparison.Ordinal), out _, out string? error));
        Assert.NotNull(error);
    }

    [Fact]
    public void An_answer_groups_only_what_the_offer_groups()
    {
        Assert.True(SdpDocument.TryParse(Chromium, out SdpDocument? offer, out _));
        Assert.Contains("a=group:BUNDLE 0\r\n", Answer(offer!).ToString(), StringComparison.Ordinal);
        Assert.True(SdpDocument.TryParse(WithAudio, out offer, out _));
        Assert.DoesNotContain("BUNDLE", Answer(offer!).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SdpSamples.All), MemberType = typeof(SdpSamples))]
    public void An_offer_of_every_stack_is_answered_in_a_form_we_read(string stack, string sdp, string mid, long maxMessageSize)
    {
        Assert.True(SdpDocument.TryParse(sdp, out SdpDocument? offer, out string? error), $"{stack}: {error}");
        Assert.Equal((mid, maxMessageSize, SdpSetup.ActPass), (offer!.Mid, offer.MaxMessageSize, offer.Setup));
        Assert.Equal(Convert.FromHexString(SdpSamples.Fingerprint.Replace(":", "", StringComparison.Ordinal)), offer.Fingerprint.ToArray());
        Assert.True(SdpDocument.TryParse(Answer(offer).ToString(), out SdpDocument? answer, out error), $"{stack}: {error}");
        Assert.Equal((mid, SdpSetup.Active), (answer!.Mid, answer.Setup));
        Assert.True(SdpDocument.TryParse(offer.ToString(), out SdpDocument? again, out error), $"{stack}: {error}");
        Assert.Equal((offer.UserFragment, offer.Password, offer.Mid, offer.MaxMessageSize), (again!.UserFragment, again.Password, again.Mid, again.MaxMessageSize));
        Assert.Equal(offer.Candidates, again.Candidates);
        Assert.Equal(offer.EndOfCandidates, again.EndOfCandidates);
    }

    [Fact]
    public void Damaged_descriptions_never_throw()
    {
        Random random = new(1);
        for (int i = 0; i < 5000; i++)
        {
            char[] text = Chromium.ToCharArray();
            for (int k = 0; k < 5; k++) text[random.Next(text.Length)] = (char)random.Next(1, 300);
            if (SdpDocument.TryParse(new string(text), out SdpDocument? document, out _)) Assert.NotEmpty(Answer(document!).ToString());
        }
    }

    private static SdpDocument Answer(SdpDocument offer) => offer.Answer("abcdefgh", "abcdefghijklmnopqrstuvwx", new byte[32], 7);
}
