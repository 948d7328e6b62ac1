using System.Globalization;

namespace BerOfChat.WebRtc.Ice;

/// <summary>Where a peer may be reached (RFC 8445 section 5.1; as text RFC 8839 section 5.1).</summary>
internal sealed record IceCandidate(string Foundation, uint Priority, TransportAddress Address, IceCandidateType Type)
{
    public const int MaxLineLength = 512;
    private const int Component = 1;
    private const int MaxFoundationLength = 32;
    private const string Prefix = "candidate:";

    /// <summary>The port that stands for none (RFC 8839 section 5.1).</summary>
    private const int HiddenPort = 9;

    /// <summary>What is behind it: the socket of a reflexive candidate, and how the server sees the socket of a relayed one. Null hides it, which costs nothing: it is for diagnosis only.</summary>
    public TransportAddress? RelatedAddress { get; init; }

    /// <summary>RFC 8445 section 5.1.2.1.</summary>
    public static uint ComputePriority(IceCandidateType type, ushort localPreference) =>
        ((uint)type << 24) + ((uint)localPreference << 8) + (256 - Component);

    /// <summary>Parses a candidate line, with or without "a=". Extensions are skipped.</summary>
    /// <param name="line">The line, untrusted.</param>
    /// <param name="candidate">The candidate when the result is <see cref="IceCandidateParseResult.Usable"/>.</param>
    /// <param name="ufrag">The generation it says it belongs to; null when it does not say.</param>
    /// <returns>What it is: candidates over TCP and those with a name instead of an address are well formed, and of no use here.</returns>
    public static IceCandidateParseResult TryParse(string line, out IceCandidate? candidate, out string? ufrag)
    {
        candidate = null;
        ufrag = null;
        if (line.Length > MaxLineLength) return IceCandidateParseResult.Malformed;
        ReadOnlySpan<char> rest = line.AsSpan().Trim();
        if (rest.StartsWith("a=")) rest = rest[2..];
        if (!rest.StartsWith(Prefix, StringComparison.Ordinal)) return IceCandidateParseResult.Malformed;

        string[] fields = rest[Prefix.Length..].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 8 || fields[0].Length > MaxFoundationLength || fields[6] != "typ") return IceCandidateParseResult.Malformed;
        if (!IceCandidateTypeNames.TryParse(fields[7], out IceCandidateType type)) return IceCandidateParseResult.Malformed;
        if (!uint.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out uint priority)) return IceCandidateParseResult.Malformed;
        for (int i = 8; i + 1 < fields.Length; i += 2)
        {
            if (fields[i] == "ufrag") ufrag = fields[i + 1];
        }

        if (!fields[2].Equals("udp", StringComparison.OrdinalIgnoreCase) || fields[1] != "1") return IceCandidateParseResult.NotUsable;
        if (fields[4].EndsWith(".local", StringComparison.OrdinalIgnoreCase)) return IceCandidateParseResult.NotUsable;
        if (!TransportAddress.TryParse(fields[4], fields[5], out TransportAddress address)) return IceCandidateParseResult.Malformed;
        if (address.IsUnusable) return IceCandidateParseResult.NotUsable;

        candidate = new IceCandidate(fields[0], priority, address, type);
        return IceCandidateParseResult.Usable;
    }

    /// <summary>The candidate as a line without "a=", as browsers pass it on.</summary>
    public string ToLine()
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Foundation} {Component} udp {Priority} {Address.ToIPAddress()} {Address.Port} typ {Type.ToName()}");
        if (Type == IceCandidateType.Host) return line;
        return RelatedAddress is { } related
            ? string.Create(CultureInfo.InvariantCulture, $"{line} raddr {related.ToIPAddress()} rport {related.Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{line} raddr {(Address.IsIPv6 ? "::" : "0.0.0.0")} rport {HiddenPort}");
    }
}

/// <summary>What a candidate line turned out to be.</summary>
internal enum IceCandidateParseResult
{
    Usable,
    NotUsable,
    Malformed,
}
