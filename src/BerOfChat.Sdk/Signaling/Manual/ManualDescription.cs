using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>All that a peer must know of a WebRTC connection to reach it, in as few bytes as possible.</summary>
/// <remarks>
/// <code>user fragment[6] | password[18] | SHA-256 of the certificate[32] | u8 (4 bits IPv4, 4 bits IPv6) | IPv4 × (address[4], u16 port) | IPv6 × (address[16], u16 port)</code>
/// Fragment and password are the 8 and 24 characters of RFC 8839, six bits each. What is the same in every description of ours is not sent.
/// </remarks>
internal sealed class ManualDescription
{
    /// <summary>The most addresses of either family; more are left out, the least preferred first.</summary>
    public const int MaxAddressesPerFamily = 4;

    public const int MinSize = UserFragmentSize + PasswordSize + Bytes32.Size + 1;
    public const int MaxSize = MinSize + (MaxAddressesPerFamily * (IPv4Size + IPv6Size));

    private readonly byte[] _userFragment;
    private readonly byte[] _password;
    private readonly byte[] _fingerprint;

    private ManualDescription(ReadOnlySpan<byte> userFragment, ReadOnlySpan<byte> password, ReadOnlySpan<byte> fingerprint, IReadOnlyList<IPEndPoint> addresses)
    {
        _userFragment = userFragment.ToArray();
        _password = password.ToArray();
        _fingerprint = fingerprint.ToArray();
        Addresses = addresses;
    }

    /// <summary>Where the peer listens: those of IPv4 first, each family in order of preference.</summary>
    public IReadOnlyList<IPEndPoint> Addresses { get; }

    public int Size => MinSize + Addresses.Sum(address => address.AddressFamily == AddressFamily.InterNetwork ? IPv4Size : IPv6Size);

    /// <summary>Takes what matters out of a description and its candidates. False when they are not as this SDK's own connection makes them.</summary>
    public static bool TryCreate(string sdp, IEnumerable<string> candidates, [NotNullWhen(true)] out ManualDescription? description)
    {
        description = null;
        if (Find(sdp, "a=ice-ufrag:") is not { Length: 8 } fragment || Find(sdp, "a=ice-pwd:") is not { Length: 24 } password) return false;
        if (Find(sdp, "a=fingerprint:sha-256 ") is not { } fingerprint) return false;

        Span<byte> fragmentBytes = stackalloc byte[UserFragmentSize];
        Span<byte> passwordBytes = stackalloc byte[PasswordSize];
        if (!Convert.TryFromBase64String(fragment, fragmentBytes, out int written) || written != UserFragmentSize) return false;
        if (!Convert.TryFromBase64String(password, passwordBytes, out written) || written != PasswordSize) return false;
        string hex = fingerprint.Replace(":", "", StringComparison.Ordinal);
        if (hex.Length != 2 * Bytes32.Size || !hex.All(char.IsAsciiHexDigit)) return false;

        List<IPEndPoint> addresses = [.. candidates.Select(ParseCandidate).OfType<IPEndPoint>().Distinct()];
        description = new ManualDescription(
            fragmentBytes, passwordBytes, Convert.FromHexString(hex),
            [.. OfFamily(addresses, AddressFamily.InterNetwork), .. OfFamily(addresses, AddressFamily.InterNetworkV6)]);
        return true;
    }

    /// <summary>Reads what <see cref="Write"/> wrote; all of <paramref name="source"/> must be it. Never throws.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out ManualDescription? description)
    {
        description = null;
        if (source.Length is < MinSize or > MaxSize) return false;
        var reader = new SpanReader(source);
        _ = reader.TryReadBytes(UserFragmentSize, out ReadOnlySpan<byte> fragment);
        _ = reader.TryReadBytes(PasswordSize, out ReadOnlySpan<byte> password);
        _ = reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> fingerprint);
        _ = reader.TryReadByte(out byte counts);
        (int v4, int v6) = (counts >> 4, counts & 0xF);
        if (v4 > MaxAddressesPerFamily || v6 > MaxAddressesPerFamily || reader.Remaining != (v4 * IPv4Size) + (v6 * IPv6Size)) return false;

        List<IPEndPoint> addresses = [];
        for (int i = 0; i < v4 + v6; i++)
        {
            _ = reader.TryReadBytes((i < v4 ? IPv4Size : IPv6Size) - sizeof(ushort), out ReadOnlySpan<byte> address);
            _ = reader.TryReadUInt16(out ushort port);
            addresses.Add(new IPEndPoint(new IPAddress(address), port));
        }

        description = new ManualDescription(fragment, password, fingerprint, addresses);
        return true;
    }

    public void Write(ref SpanWriter writer)
    {
        writer.WriteBytes(_userFragment);
        writer.WriteBytes(_password);
        writer.WriteBytes(_fingerprint);
        int v4 = Addresses.Count(address => address.AddressFamily == AddressFamily.InterNetwork);
        writer.WriteByte((byte)((v4 << 4) | (Addresses.Count - v4)));
        foreach (IPEndPoint address in Addresses)
        {
            writer.WriteBytes(address.Address.GetAddressBytes());
            writer.WriteUInt16((ushort)address.Port);
        }
    }

    /// <summary>The description in the words of the transport.</summary>
    /// <param name="isOffer">Whether it begins the negotiation; the answerer is the DTLS client.</param>
    public string ToSdp(bool isOffer)
    {
        var text = new StringBuilder();
        text.Append("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n");
        text.Append("a=ice-ufrag:").Append(Convert.ToBase64String(_userFragment)).Append("\r\na=ice-pwd:").Append(Convert.ToBase64String(_password));
        text.Append("\r\na=fingerprint:sha-256 ").AppendJoin(':', _fingerprint.Select(b => b.ToString("X2", CultureInfo.InvariantCulture)));
        text.Append("\r\na=setup:").Append(isOffer ? "actpass" : "active").Append("\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n");
        return text.ToString();
    }

    /// <summary>The addresses as candidate lines, the first with the highest priority (RFC 8445, section 5.1.2.1, type host).</summary>
    public IEnumerable<string> ToCandidates() => Addresses.Select((address, i) => string.Create(
        CultureInfo.InvariantCulture, $"candidate:{i + 1} 1 udp {(126u << 24) + ((uint)(ushort.MaxValue - i) << 8) + 255} {address.Address} {address.Port} typ host"));

    private static IEnumerable<IPEndPoint> OfFamily(IEnumerable<IPEndPoint> addresses, AddressFamily family) =>
        addresses.Where(address => address.AddressFamily == family).Take(MaxAddressesPerFamily);

    private static string? Find(string sdp, string attribute)
    {
        foreach (string line in sdp.Split('\n'))
        {
            if (line.StartsWith(attribute, StringComparison.Ordinal)) return line[attribute.Length..].TrimEnd();
        }

        return null;
    }

    private static IPEndPoint? ParseCandidate(string candidate)
    {
        string[] fields = candidate.Split(' ');
        return fields.Length >= 8 && IPAddress.TryParse(fields[4], out IPAddress? address) && ushort.TryParse(fields[5], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? new IPEndPoint(address, port)
            : null;
    }

    private const int UserFragmentSize = 6;
    private const int PasswordSize = 18;
    private const int IPv4Size = 4 + sizeof(ushort);
    private const int IPv6Size = 16 + sizeof(ushort);
}
