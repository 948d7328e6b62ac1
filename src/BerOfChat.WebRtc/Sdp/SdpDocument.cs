using System.Globalization;
using System.Text;

namespace BerOfChat.WebRtc.Sdp;

/// <summary>A description of one data-channel section (RFC 8841, RFC 8839, RFC 8842), read from any stack and written in the form that all accept.</summary>
/// <remarks>What is not understood is dropped while reading: an unknown attribute is never echoed, because its sender would take that for agreement.</remarks>
internal sealed record SdpDocument
{
    public const int FingerprintSize = 32;

    /// <summary>What an absent max-message-size means (RFC 8841 section 6).</summary>
    public const long DefaultMaxMessageSize = 65_536;

    /// <summary>The largest message that we accept.</summary>
    public const long OurMaxMessageSize = 262_144;

    public const ushort SctpPort = 5000;

    public required string UserFragment { get; init; }

    public required string Password { get; init; }

    /// <summary>SHA-256 of the sender's certificate, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> Fingerprint { get; init; }

    public required SdpSetup Setup { get; init; }

    /// <summary>The identification of the data section.</summary>
    public string Mid { get; init; } = "0";

    /// <summary>Whether the session groups the section with itself; an answer may only do so when the offer does (RFC 9143).</summary>
    public bool IsBundled { get; init; } = true;

    /// <summary>The largest message the sender accepts; 0 means any size.</summary>
    public long MaxMessageSize { get; init; } = OurMaxMessageSize;

    public ushort RemoteSctpPort { get; init; } = SctpPort;

    /// <summary>The INIT chunk of the sender's association (draft-hancke-tsvwg-snap-00); empty when it comes in band.</summary>
    public ReadOnlyMemory<byte> SctpInit { get; init; }

    /// <summary>Candidate lines that came with the description, without "a=".</summary>
    public IReadOnlyList<string> Candidates { get; init; } = [];

    public bool EndOfCandidates { get; init; }

    /// <summary>All sections in the order of the offer; an answer must have the same, and refuses those that carry no data channels.</summary>
    public IReadOnlyList<SdpSection> Sections { get; init; } = [];

    /// <summary>Identifies the session in the origin line.</summary>
    public ulong SessionId { get; init; } = 1;

    /// <summary>Reads an offer or an answer.</summary>
    /// <param name="sdp">The description, untrusted.</param>
    /// <param name="document">What it says.</param>
    /// <param name="error">What is missing or wrong, as one sentence without any of its content.</param>
    public static bool TryParse(string sdp, out SdpDocument? document, out string? error)
    {
        SdpParser parser = new();
        document = parser.Parse(sdp);
        error = parser.Error;
        return document is not null;
    }

    /// <summary>The answer to an offer: the other side's sections, our own values.</summary>
    /// <exception cref="InvalidOperationException">The offer leaves us no role.</exception>
    public SdpDocument Answer(string userFragment, string password, ReadOnlyMemory<byte> fingerprint, ulong sessionId) => new()
    {
        UserFragment = userFragment,
        Password = password,
        Fingerprint = fingerprint,
        Setup = Setup == SdpSetup.Active ? SdpSetup.Passive : SdpSetup.Active,
        Mid = Mid,
        IsBundled = IsBundled,
        Sections = Sections,
        SessionId = sessionId,
    };

    public override string ToString()
    {
        StringBuilder text = new();
        Line($"v=0");
        Line($"o=- {SessionId} 1 IN IP4 127.0.0.1");
        Line($"s=-");
        Line($"t=0 0");
        if (IsBundled) Line($"a=group:BUNDLE {Mid}");
        if (Sections.Count == 0) WriteDataSection();
        foreach (SdpSection section in Sections)
        {
            if (section.IsData)
            {
                WriteDataSection();
                continue;
            }

            Line($"m={section.Media} 0 {section.Protocol} {section.Formats}");
            Line($"c=IN IP4 0.0.0.0");
            Line($"a=inactive");
            if (section.Mid is not null) Line($"a=mid:{section.Mid}");
        }

        return text.ToString();

        void WriteDataSection()
        {
            Line($"m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
            Line($"c=IN IP4 0.0.0.0");
            foreach (string candidate in Candidates) Line($"a={candidate}");
            if (EndOfCandidates) Line($"a=end-of-candidates");
            Line($"a=ice-ufrag:{UserFragment}");
            Line($"a=ice-pwd:{Password}");
            Line($"a=ice-options:trickle");
            Line($"a=fingerprint:sha-256 {FormatFingerprint(Fingerprint.Span)}");
            Line($"a=setup:{Setup.ToString().ToLowerInvariant()}");
            Line($"a=mid:{Mid}");
            Line($"a=sctp-port:{SctpPort}");
            Line($"a=max-message-size:{MaxMessageSize}");
            if (!SctpInit.IsEmpty) Line($"a=sctp-init:{Convert.ToBase64String(SctpInit.Span)}");
        }

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
    }

    private static string FormatFingerprint(ReadOnlySpan<byte> fingerprint)
    {
        StringBuilder text = new(fingerprint.Length * 3);
        foreach (byte b in fingerprint) text.Append(text.Length == 0 ? "" : ":").Append(b.ToString("X2", CultureInfo.InvariantCulture));
        return text.ToString();
    }
}

/// <summary>A section of an offer as far as an answer has to repeat it.</summary>
/// <param name="Media">audio, video, application, …</param>
/// <param name="Protocol">The transport.</param>
/// <param name="Formats">The formats.</param>
/// <param name="Mid">Its identification, if it has one.</param>
/// <param name="IsData">Whether it is the data-channel section that we take.</param>
internal sealed record SdpSection(string Media, string Protocol, string Formats, string? Mid, bool IsData);
