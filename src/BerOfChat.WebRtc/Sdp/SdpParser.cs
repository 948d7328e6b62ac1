using System.Globalization;

namespace BerOfChat.WebRtc.Sdp;

/// <summary>Reads one description, line by line. Attributes of the session hold for the data section unless it has its own.</summary>
internal sealed class SdpParser
{
    private const int MaxLength = 64 * 1024;
    private const int MaxLines = 2048;
    private const int MaxSections = 64;
    private const int MaxCandidates = 100;
    private const int MaxFieldLength = 256;
    private const int MaxSctpInitSize = 1024;
    private const int MinUserFragmentLength = 4;
    private const int MinPasswordLength = 22;

    private readonly Dictionary<string, string> _session = [];
    private readonly Dictionary<string, string> _data = [];
    private readonly List<SdpSection> _sections = [];
    private readonly List<string> _candidates = [];
    private byte[] _sctpInit = [];
    private bool _endOfCandidates;
    private bool _isLegacy;
    private string _bundle = "";

    /// <summary>What was wrong; null when nothing was.</summary>
    public string? Error { get; private set; }

    public SdpDocument? Parse(string sdp)
    {
        if (sdp.Length > MaxLength) return Fail($"The description is longer than {MaxLength} characters.");
        if (!sdp.StartsWith("v=0", StringComparison.Ordinal)) return Fail("The text is no session description: it does not begin with v=0.");

        Dictionary<string, string> attributes = _session;
        int lines = 0;
        foreach (ReadOnlySpan<char> line in sdp.AsSpan().EnumerateLines())
        {
            if (++lines > MaxLines) return Fail("The description has too many lines.");
            if (line.Length < 2 || line[1] != '=') continue;
            if (line[0] == 'm')
            {
                if (_sections.Count >= MaxSections || !TryReadSection(line[2..], out SdpSection? section)) return Fail("The description has a media line that cannot be read, or too many.");
                _sections.Add(section!);
                attributes = section!.IsData ? _data : [];
            }
            else if (line[0] == 'a')
            {
                ReadAttribute(line[2..], attributes);
            }
        }

        return Build();
    }

    private SdpDocument? Build()
    {
        if (_isLegacy) return Fail("The description uses the withdrawn form of data channels (a=sctpmap, a port as format); webrtc-datachannel is needed.");
        if (!_sections.Exists(s => s.IsData)) return Fail("The description offers no data channel (m=application … UDP/DTLS/SCTP webrtc-datachannel).");
        if (Find("ice-ufrag") is not { } ufrag || Find("ice-pwd") is not { } password) return Fail("The description lacks ICE credentials (a=ice-ufrag, a=ice-pwd).");
        if (!IsIceText(ufrag, MinUserFragmentLength) || !IsIceText(password, MinPasswordLength)) return Fail("The ICE credentials of the description have a wrong length or wrong characters.");
        if (Find("fingerprint") is not { } fingerprintText) return Fail("The description lacks a SHA-256 certificate fingerprint (a=fingerprint:sha-256).");
        if (!TryReadFingerprint(fingerprintText, out byte[] fingerprint)) return Fail("The certificate fingerprint of the description cannot be read.");
        if (!TryReadSetup(Find("setup"), out SdpSetup setup)) return Fail("The description has an unknown DTLS role (a=setup).");
        if (!TryReadNumber("sctp-port", SdpDocument.SctpPort, ushort.MaxValue, out long port)) return Fail("The SCTP port of the description cannot be read.");
        if (!TryReadNumber("max-message-size", SdpDocument.DefaultMaxMessageSize, long.MaxValue, out long maxMessageSize)) return Fail("The maximum message size of the description cannot be read.");

        if (_data.TryGetValue("mid", out string? given) && !IsToken(given)) return Fail("The identification of the data section cannot be read (a=mid).");

        string mid = _data.GetValueOrDefault("mid", "0");
        return new SdpDocument
        {
            UserFragment = ufrag,
            Password = password,
            Fingerprint = fingerprint,
            Setup = setup,
            Mid = mid,
            RemoteSctpPort = (ushort)port,
            MaxMessageSize = maxMessageSize,
            SctpInit = _sctpInit,
            IsBundled = _bundle.Split(' ').Contains(mid),
            Candidates = _candidates,
            EndOfCandidates = _endOfCandidates,
            Sections = [.. _sections.Select(s => s.IsData ? s with { Mid = mid } : s)],
        };
    }

    private bool TryReadSection(ReadOnlySpan<char> line, out SdpSection? section)
    {
        section = null;
        string[] fields = line.Trim().ToString().Split(' ', 4, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 4 || line.Length > MaxFieldLength * 4) return false;
        bool isData = fields[0] == "application"
            && fields[2] is "UDP/DTLS/SCTP" or "TCP/DTLS/SCTP" or "DTLS/SCTP"
            && fields[1] != "0"
            && !_sections.Exists(s => s.IsData);
        if (isData && fields[3] != "webrtc-datachannel")
        {
            _isLegacy |= fields[3].All(char.IsAsciiDigit);
            isData = false;
        }

        section = new SdpSection(fields[0], fields[2], fields[3], null, isData);
        return true;
    }

    private void ReadAttribute(ReadOnlySpan<char> attribute, Dictionary<string, string> attributes)
    {
        int colon = attribute.IndexOf(':');
        ReadOnlySpan<char> name = colon < 0 ? attribute : attribute[..colon];
        ReadOnlySpan<char> value = colon < 0 ? [] : attribute[(colon + 1)..].Trim();
        switch (name)
        {
            case "ice-ufrag" or "ice-pwd" or "setup" or "sctp-port" or "max-message-size" when value.Length <= MaxFieldLength:
                attributes.TryAdd(name.ToString(), value.ToString());
                break;
            case "group" when attributes == _session && value.StartsWith("BUNDLE "):
                _bundle = value["BUNDLE ".Length..].ToString();
                break;
            case "mid" when value.Length <= MaxFieldLength:
                attributes.TryAdd("mid", value.ToString());
                if (attributes != _session && attributes != _data && _sections.Count > 0) _sections[^1] = _sections[^1] with { Mid = value.ToString() };
                break;
            case "fingerprint" when value.StartsWith("sha-256 ", StringComparison.OrdinalIgnoreCase):
                attributes.TryAdd("fingerprint", value["sha-256 ".Length..].Trim().ToString());
                break;
            case "candidate" when attributes == _data && _candidates.Count < MaxCandidates:
                _candidates.Add(attribute.ToString());
                break;
            case "sctp-init" when attributes == _data:
                _sctpInit = ReadSctpInit(value);
                break;
            case "end-of-candidates" when attributes == _data:
                _endOfCandidates = true;
                break;
        }
    }

    private string? Find(string name) => _data.GetValueOrDefault(name) ?? _session.GetValueOrDefault(name);

    private bool TryReadNumber(string name, long absent, long max, out long number)
    {
        number = absent;
        return Find(name) is not { } text || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max);
    }

    // RFC 8839 allows letters, digits, '+' and '/'; some stacks write '-' and '_' too, which harm nobody.
    private static bool IsIceText(string text, int minLength) => text.Length >= minLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_');

    private static bool IsToken(string text) => text.Length > 0 && text.All(c => c is > ' ' and < '\x7f');

    private static bool TryReadSetup(string? text, out SdpSetup setup)
    {
        setup = text switch
        {
            "active" => SdpSetup.Active,
            "passive" => SdpSetup.Passive,
            _ => SdpSetup.ActPass,
        };
        return text is null or "actpass" or "active" or "passive";
    }

    private static bool TryReadFingerprint(string text, out byte[] fingerprint)
    {
        fingerprint = new byte[SdpDocument.FingerprintSize];
        if (text.Length != (fingerprint.Length * 3) - 1) return false;
        for (int i = 0; i < fingerprint.Length; i++)
        {
            if (i > 0 && text[(i * 3) - 1] != ':') return false;
            if (!byte.TryParse(text.AsSpan(i * 3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out fingerprint[i])) return false;
        }

        return true;
    }

    // What cannot be read counts as absent: the association is then made in band.
    private static byte[] ReadSctpInit(ReadOnlySpan<char> text)
    {
        Span<byte> init = stackalloc byte[MaxSctpInitSize];
        return Convert.TryFromBase64Chars(text, init, out int length) ? init[..length].ToArray() : [];
    }

    private SdpDocument? Fail(string error)
    {
        Error = error;
        return null;
    }
}
