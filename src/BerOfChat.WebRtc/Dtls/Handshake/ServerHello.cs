using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The server's hello (RFC 5246 section 7.4.1.3).</summary>
internal readonly ref struct ServerHello
{
    public ushort Version { get; private init; }

    public ReadOnlySpan<byte> Random { get; private init; }

    public ushort CipherSuite { get; private init; }

    public byte CompressionMethod { get; private init; }

    public HelloExtensions Extensions { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> body, out ServerHello hello)
    {
        hello = default;
        SpanReader reader = new(body);
        if (!reader.TryReadUInt16(out ushort version) || !reader.TryReadBytes(Hello.RandomSize, out ReadOnlySpan<byte> random)) return false;
        if (!reader.TryReadVector(1, out ReadOnlySpan<byte> sessionId) || sessionId.Length > Hello.MaxSessionIdSize) return false;
        if (!reader.TryReadUInt16(out ushort suite) || !reader.TryReadByte(out byte method) || !HelloExtensions.TryRead(ref reader, out HelloExtensions extensions)) return false;
        hello = new ServerHello { Version = version, Random = random, CipherSuite = suite, CompressionMethod = method, Extensions = extensions };
        return true;
    }

    /// <summary>Answers a hello: with the extensions of ours that the client knows.</summary>
    public static void Write(TlsWriter writer, ReadOnlySpan<byte> random, DtlsCipherSuite suite, ClientHello client)
    {
        writer.WriteUInt16(Hello.Dtls12);
        writer.WriteBytes(random);
        writer.WriteVector(1, []);
        writer.WriteUInt16(suite.Code);
        writer.WriteByte(Hello.NoCompression);

        int extensions = writer.BeginVector(2);
        HelloExtensions.Write(writer, Hello.ExtendedMasterSecret, []);
        if (client.Extensions.Has(Hello.RenegotiationInfo) || client.CipherSuites.HasCode(Hello.RenegotiationInfoSuite)) HelloExtensions.Write(writer, Hello.RenegotiationInfo, Hello.FirstHandshake);
        if (client.Extensions.Has(Hello.PointFormats)) HelloExtensions.Write(writer, Hello.PointFormats, Hello.OnlyUncompressedPoints);
        writer.EndVector(extensions, 2);
    }
}
