using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The client's hello (RFC 5246 section 7.4.1.2, RFC 6347 section 4.2.1).</summary>
internal readonly ref struct ClientHello
{
    public ushort Version { get; private init; }

    public ReadOnlySpan<byte> Random { get; private init; }

    /// <summary>Lists of 16-bit codes.</summary>
    public ReadOnlySpan<byte> CipherSuites { get; private init; }

    public ReadOnlySpan<byte> CompressionMethods { get; private init; }

    public HelloExtensions Extensions { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> body, out ClientHello hello)
    {
        hello = default;
        SpanReader reader = new(body);
        if (!reader.TryReadUInt16(out ushort version) || !reader.TryReadBytes(Hello.RandomSize, out ReadOnlySpan<byte> random)) return false;
        if (!reader.TryReadVector(1, out ReadOnlySpan<byte> sessionId) || sessionId.Length > Hello.MaxSessionIdSize || !reader.TryReadVector(1, out _)) return false;
        if (!reader.TryReadVector(2, out ReadOnlySpan<byte> suites) || suites.Length < 2 || suites.Length % 2 != 0) return false;
        if (!reader.TryReadVector(1, out ReadOnlySpan<byte> methods) || methods.IsEmpty || !HelloExtensions.TryRead(ref reader, out HelloExtensions extensions)) return false;
        hello = new ClientHello { Version = version, Random = random, CipherSuites = suites, CompressionMethods = methods, Extensions = extensions };
        return true;
    }

    public static void Write(TlsWriter writer, ReadOnlySpan<byte> random, ReadOnlySpan<byte> cookie)
    {
        writer.WriteUInt16(Hello.Dtls12);
        writer.WriteBytes(random);
        writer.WriteVector(1, []);
        writer.WriteVector(1, cookie);
        int suites = writer.BeginVector(2);
        foreach (DtlsCipherSuite suite in DtlsCipherSuite.All) writer.WriteUInt16(suite.Code);
        writer.EndVector(suites, 2);
        writer.WriteVector(1, [Hello.NoCompression]);

        int extensions = writer.BeginVector(2);
        HelloExtensions.Write(writer, Hello.RenegotiationInfo, Hello.FirstHandshake);
        HelloExtensions.Write(writer, Hello.ExtendedMasterSecret, []);
        HelloExtensions.Write(writer, Hello.SupportedGroups, [0, 4, 0, (byte)NamedGroup.X25519, 0, (byte)NamedGroup.Secp256r1]);
        HelloExtensions.Write(writer, Hello.PointFormats, Hello.OnlyUncompressedPoints);
        HelloExtensions.Write(writer, Hello.SignatureAlgorithms, [0, 2, Hello.EcdsaSecp256r1Sha256 >> 8, Hello.EcdsaSecp256r1Sha256 & 0xFF]);
        writer.EndVector(extensions, 2);
    }
}
