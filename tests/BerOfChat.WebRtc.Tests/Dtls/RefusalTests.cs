using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>What neither side accepts from one who speaks TLS well and means ill: each with the alert that it gets.</summary>
public sealed class RefusalTests
{
    private static readonly DtlsCertificate s_client = Certificate(1), s_server = Certificate(2), s_foreign = Certificate(3);

    /// <summary>A message, what is done to it, and the alert.</summary>
    private static readonly Dictionary<string, (HandshakeType Type, Func<RolePair, byte[], byte[]?> Alter, DtlsAlert Alert)> s_refusals = new()
    {
        ["a client of DTLS 1.0"] = (HandshakeType.ClientHello, (_, body) => With(body, 0, 0xFE, 0xFF), DtlsAlert.ProtocolVersion),
        ["a client of TLS"] = (HandshakeType.ClientHello, (_, body) => With(body, 0, 0x03, 0x03), DtlsAlert.ProtocolVersion),
        ["a client without extended master secret"] = (HandshakeType.ClientHello, (_, body) => WithoutExtension(body, 44, Hello.ExtendedMasterSecret), DtlsAlert.HandshakeFailure),
        ["a client without a group of ours"] = (HandshakeType.ClientHello, (_, body) => Replace(body, [0, 29, 0, 23], [0, 24, 0, 25]), DtlsAlert.HandshakeFailure),
        ["a client without our signatures"] = (HandshakeType.ClientHello, (_, body) => Replace(body, [4, 3], [4, 1]), DtlsAlert.HandshakeFailure),
        ["a client without a suite of ours"] = (HandshakeType.ClientHello, (_, body) => Replace(body, [.. DtlsCipherSuite.All.SelectMany(suite => new[] { (byte)(suite.Code >> 8), (byte)(suite.Code & 0xFF) })], [0xC0, 0x0A, 0xC0, 0x09]), DtlsAlert.HandshakeFailure),
        ["a client that compresses"] = (HandshakeType.ClientHello, (_, body) => Replace(body, [1, 0, 0, 33], [1, 1, 0, 33]), DtlsAlert.IllegalParameter),
        ["a client that negotiates anew"] = (HandshakeType.ClientHello, (_, body) => WithExtension(body, 44, Hello.RenegotiationInfo, [12, .. new byte[12]]), DtlsAlert.HandshakeFailure),
        ["a client that says a thing twice"] = (HandshakeType.ClientHello, (_, body) => Repeated(body, 44, Hello.ExtendedMasterSecret), DtlsAlert.DecodeError),
        ["a client's hello cut short"] = (HandshakeType.ClientHello, (_, body) => body[..^1], DtlsAlert.DecodeError),
        ["a server of DTLS 1.0"] = (HandshakeType.ServerHello, (_, body) => With(body, 0, 0xFE, 0xFF), DtlsAlert.ProtocolVersion),
        ["a server without extended master secret"] = (HandshakeType.ServerHello, (_, body) => WithoutExtension(body, 38, Hello.ExtendedMasterSecret), DtlsAlert.HandshakeFailure),
        ["a server with a suite that was not offered"] = (HandshakeType.ServerHello, (_, body) => With(body, 35, 0xC0, 0x09), DtlsAlert.IllegalParameter),
        ["a server that compresses"] = (HandshakeType.ServerHello, (_, body) => With(body, 37, 1), DtlsAlert.IllegalParameter),
        ["a server with an extension that was not offered"] = (HandshakeType.ServerHello, (_, body) => WithExtension(body, 38, 35, []), DtlsAlert.UnsupportedExtension),
        ["a server that negotiates anew"] = (HandshakeType.ServerHello, (_, body) => WithExtension(body, 38, Hello.RenegotiationInfo, [12, .. new byte[12]]), DtlsAlert.HandshakeFailure),
        ["no certificate"] = (HandshakeType.Certificate, (_, _) => [0, 0, 0], DtlsAlert.HandshakeFailure),
        ["a certificate of nobody"] = (HandshakeType.Certificate, (_, _) => [0, 0, 6, 0, 0, 3, 1, 2, 3], DtlsAlert.UnsupportedCertificate),
        ["a certificate of P-384"] = (HandshakeType.Certificate, (_, _) => Chain(OfP384()), DtlsAlert.UnsupportedCertificate),
        ["a certificate of RSA"] = (HandshakeType.Certificate, (_, _) => Chain(OfRsa()), DtlsAlert.UnsupportedCertificate),
        ["a certificate of somebody else"] = (HandshakeType.Certificate, (_, _) => Chain(s_foreign.Encoded.Span), DtlsAlert.DecryptError),
        ["a server key of another group"] = (HandshakeType.ServerKeyExchange, (_, body) => With(body, 1, 0, 24), DtlsAlert.IllegalParameter),
        ["a server key that nobody signed"] = (HandshakeType.ServerKeyExchange, (_, body) => Flip(body, 10), DtlsAlert.DecryptError),
        ["a server key with an altered signature"] = (HandshakeType.ServerKeyExchange, (_, body) => Flip(body, body.Length - 1), DtlsAlert.DecryptError),
        ["a server key signed by RSA"] = (HandshakeType.ServerKeyExchange, (_, body) => With(body, 36, 4, 1), DtlsAlert.IllegalParameter),
        ["a server key signed by another"] = (HandshakeType.ServerKeyExchange, (pair, body) => SignedExchange(pair, s_foreign, body[..36]), DtlsAlert.DecryptError),
        ["a server key signed with other randoms"] = (HandshakeType.ServerKeyExchange, (_, body) => [.. body[..36], .. SignatureOf(s_server, [.. new byte[64], .. body[..36]])], DtlsAlert.DecryptError),
        ["a server key that makes the secret known"] = (HandshakeType.ServerKeyExchange, (pair, _) => SignedExchange(pair, s_server, [3, 0, 29, 32, .. new byte[32]]), DtlsAlert.IllegalParameter),
        ["a server key off the curve"] = (HandshakeType.ServerKeyExchange, (pair, _) => SignedExchange(pair, s_server, [3, 0, 23, 65, 4, .. Enumerable.Repeat((byte)1, 64)]), DtlsAlert.IllegalParameter),
        ["a server that wants no certificate"] = (HandshakeType.CertificateRequest, (_, _) => null, DtlsAlert.HandshakeFailure),
        ["a server that wants a certificate of RSA"] = (HandshakeType.CertificateRequest, (_, body) => With(body, 1, 1), DtlsAlert.HandshakeFailure),
        ["an end of the server's part with a content"] = (HandshakeType.ServerHelloDone, (_, _) => [0], DtlsAlert.DecodeError),
        ["a client key that makes the secret known"] = (HandshakeType.ClientKeyExchange, (_, _) => [32, .. new byte[32]], DtlsAlert.IllegalParameter),
        ["a client key of another length"] = (HandshakeType.ClientKeyExchange, (_, body) => [31, .. body[2..]], DtlsAlert.IllegalParameter),
        ["a client that does not prove its certificate"] = (HandshakeType.CertificateVerify, (_, _) => null, DtlsAlert.UnexpectedMessage),
        ["a client with an altered proof of its certificate"] = (HandshakeType.CertificateVerify, (_, body) => Flip(body, body.Length - 1), DtlsAlert.DecryptError),
        ["a client whose certificate another proves"] = (HandshakeType.CertificateVerify, (pair, _) => SignatureOf(s_foreign, pair.Server.Transcript.Messages), DtlsAlert.DecryptError),
        ["a Finished message of another length"] = (HandshakeType.Finished, (_, body) => body[1..], DtlsAlert.DecodeError),
    };

    public static TheoryData<string> Names => [.. s_refusals.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_ends_the_handshake(string name)
    {
        (HandshakeType type, Func<RolePair, byte[], byte[]?> alter, DtlsAlert expected) = s_refusals[name];
        using RolePair pair = new(s_client, s_server);
        pair.Alter = (next, body) => next == type ? (alter(pair, body) is { } altered ? (next, altered) : null) : (next, body);
        Assert.Equal(expected, pair.Run().Alert);
        Assert.False(pair.Client.IsComplete && pair.Server.IsComplete);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_wrong_Finished_message_ends_the_handshake(bool ofClient)
    {
        using RolePair pair = new(s_client, s_server);
        int number = 0;
        pair.Alter = (type, body) => (type, type == HandshakeType.Finished && number++ == (ofClient ? 0 : 1) ? Flip(body, 0) : body);
        Assert.Equal((DtlsAlert.DecryptError, !ofClient), pair.Run());
    }

    [Fact]
    public void Messages_that_nobody_changes_end_in_a_connection()
    {
        using RolePair pair = new(s_client, s_server);
        Assert.Null(pair.Run().Alert);
        Assert.True(pair.Client.IsComplete && pair.Server.IsComplete);
    }

    [Fact]
    public void Every_message_out_of_turn_ends_the_handshake()
    {
        HandshakeType[] types = [HandshakeType.ClientHello, HandshakeType.ServerHello, HandshakeType.Certificate, HandshakeType.ServerKeyExchange, HandshakeType.CertificateRequest,
            HandshakeType.ServerHelloDone, HandshakeType.CertificateVerify, HandshakeType.ClientKeyExchange, HandshakeType.Finished];
        foreach (HandshakeType replaced in types)
        {
            foreach (HandshakeType replacement in types.Where(t => t != replaced))
            {
                using RolePair pair = new(s_client, s_server);
                pair.Alter = (type, body) => (type == replaced ? replacement : type, body);
                DtlsAlert expected = (replaced, replacement) == (HandshakeType.CertificateRequest, HandshakeType.ServerHelloDone) ? DtlsAlert.HandshakeFailure : DtlsAlert.UnexpectedMessage;
                Assert.Equal(expected, pair.Run().Alert);
            }
        }
    }

    [Fact]
    public void A_certificate_of_ours_is_read_by_the_framework_and_the_other_way_round()
    {
        using X509Certificate2 read = X509CertificateLoader.LoadCertificate(s_server.Encoded.Span);
        Assert.Equal("CN=WebRTC", read.Subject);
        Assert.Equal(3, read.Version);
        Assert.Equal(new DateTime(2026, 1, 31, 0, 0, 0, DateTimeKind.Utc), read.NotAfter.ToUniversalTime());
        using ECDsa key = read.GetECDsaPublicKey()!;
        Assert.True(key.VerifyData("x"u8, s_server.Sign("x"u8), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 framework = new CertificateRequest("CN=x, O=y", other, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        using PeerCertificate? peer = PeerCertificate.TryRead(framework.RawData);
        Assert.True(peer!.Verifies("x"u8, other.SignData("x"u8, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
        Assert.Equal(SHA256.HashData(framework.RawData), peer.Sha256);
        for (int length = 0; length < framework.RawData.Length; length++) Assert.Null(PeerCertificate.TryRead(framework.RawData.AsSpan(0, length)));
    }

    private static DtlsCertificate Certificate(int seed) => DtlsCertificate.Create(new SeededRandomSource(seed), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static byte[] Chain(ReadOnlySpan<byte> certificate)
    {
        TlsWriter writer = new();
        CertificateMessages.WriteCertificate(writer, certificate);
        return writer.Written.ToArray();
    }

    private static byte[] OfP384()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        return SelfSigned(new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256));
    }

    private static byte[] OfRsa()
    {
        using RSA key = RSA.Create(2048);
        return SelfSigned(new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private static byte[] SelfSigned(CertificateRequest request)
    {
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return certificate.RawData;
    }

    private static byte[] SignedExchange(RolePair pair, DtlsCertificate signer, byte[] parameters) => [.. parameters, .. SignatureOf(signer, KeyExchangeMessages.Signed(pair.Client.Keys, parameters))];

    private static byte[] SignatureOf(DtlsCertificate signer, ReadOnlySpan<byte> data)
    {
        TlsWriter writer = new();
        CertificateMessages.WriteSignature(writer, signer.Sign(data));
        return writer.Written.ToArray();
    }

    private static byte[] With(byte[] body, int at, params ReadOnlySpan<byte> bytes)
    {
        byte[] altered = [.. body];
        bytes.CopyTo(altered.AsSpan(at));
        return altered;
    }

    private static byte[] Flip(byte[] body, int at) => With(body, at, (byte)(body[at] ^ 1));

    private static byte[] Replace(byte[] body, ReadOnlySpan<byte> old, ReadOnlySpan<byte> by)
    {
        int at = body.AsSpan().IndexOf(old);
        Assert.True(at >= 0, "What was to be replaced is not there.");
        return With(body, at, by);
    }

    /// <summary>Leaves an extension out; the extensions begin at <paramref name="at"/>.</summary>
    private static byte[] WithoutExtension(byte[] body, int at, ushort type) => Extensions(body, at, (code, data, writer) =>
    {
        if (code != type) HelloExtensions.Write(writer, code, data);
    });

    private static byte[] WithExtension(byte[] body, int at, ushort type, byte[] content)
    {
        byte[] others = WithoutExtension(body, at, type);
        byte[] altered = [.. others, (byte)(type >> 8), (byte)(type & 0xFF), 0, (byte)content.Length, .. content];
        BinaryPrimitives.WriteUInt16BigEndian(altered.AsSpan(at), (ushort)(altered.Length - at - 2));
        return altered;
    }

    private static byte[] Repeated(byte[] body, int at, ushort type) => Extensions(body, at, (code, data, writer) =>
    {
        HelloExtensions.Write(writer, code, data);
        if (code == type) HelloExtensions.Write(writer, code, data);
    });

    private static byte[] Extensions(byte[] body, int at, Action<ushort, byte[], TlsWriter> write)
    {
        TlsWriter writer = new();
        writer.WriteBytes(body.AsSpan(0, at));
        int begin = writer.BeginVector(2);
        for (int i = at + 2; i < body.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(i + 2));
            write(BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(i)), body.AsSpan(i + 4, length).ToArray(), writer);
            i += 4 + length;
        }

        writer.EndVector(begin, 2);
        return writer.Written.ToArray();
    }
}
