namespace BerOfChat.WebRtc.Tests.Sdp;

/// <summary>Offers in the manner of each stack: what they put at which level, in which order, and what they leave out. Written by hand, with values of our own.</summary>
public static class SdpSamples
{
    public const string Fingerprint = "E2:53:D2:3C:4B:8F:04:0D:90:AA:3C:37:AF:08:1A:AE:31:60:16:5B:41:9D:B6:27:C4:2A:2D:9C:D1:47:C4:4F";

    private const string Head = "v=0\r\no=- 7 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    private const string Media = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n";
    private const string Credentials = "a=ice-ufrag:5f3c\r\na=ice-pwd:8a1b2c3d4e5f60718293a4b5\r\n";
    private const string Sha256 = "a=fingerprint:sha-256 " + Fingerprint + "\r\n";
    private const string Candidate = "a=candidate:1 1 UDP 2122317823 192.0.2.7 50000 typ host\r\n";

    public static TheoryData<string, string, string, long> All { get; } = new()
    {
        { "Firefox", Head + Sha256 + "a=group:BUNDLE 0\r\na=ice-options:trickle\r\na=msid-semantic:WMS *\r\n" + Media + "a=sendrecv\r\n" + Credentials + "a=mid:0\r\na=setup:actpass\r\na=sctp-port:5000\r\na=max-message-size:1073741823\r\n", "0", 1_073_741_823 },
        { "libdatachannel", Head + "a=group:BUNDLE 0\r\na=msid-semantic:WMS *\r\na=setup:actpass\r\n" + Credentials + "a=ice-options:trickle\r\n" + Sha256 + Media + "a=mid:0\r\na=sendrecv\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n" + Candidate + "a=end-of-candidates\r\n", "0", 262_144 },
        { "pion", Head + "a=msid-semantic:WMS*\r\n" + Sha256 + "a=extmap-allow-mixed\r\na=group:BUNDLE data\r\n" + Media + "a=setup:actpass\r\na=mid:data\r\na=sendrecv\r\na=sctp-port:5000\r\n" + Credentials + Candidate + "a=end-of-candidates\r\n", "data", 65_536 },
        { "aiortc", Head + "a=group:BUNDLE 0\r\na=msid-semantic:WMS *\r\nm=application 50000 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 192.0.2.7\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:65536\r\n" + Candidate + "a=end-of-candidates\r\n" + Credentials + Sha256 + "a=fingerprint:sha-384 AA:BB\r\na=fingerprint:sha-512 AA:BB\r\na=setup:actpass\r\n", "0", 65_536 },
        { "SIPSorcery", Head + "a=group:BUNDLE 0\r\n" + Media + "a=ice-ufrag:ABCD\r\na=ice-pwd:ABCDEFGHIJKLMNOPQRSTUVWX\r\n" + Sha256 + "a=setup:actpass\r\n" + Candidate + "a=ice-options:ice2,trickle\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n", "0", 262_144 },
        { "bare line feeds", (Head + "a=group:BUNDLE 0\r\n" + Media + Credentials + Sha256 + "a=mid:0\r\n").ReplaceLineEndings("\n"), "0", 65_536 },
    };
}
