using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The server's part of the handshake. It asks for no cookie: a connectivity check has proven the client's address.</summary>
internal sealed class ServerRole(HandshakeContext context) : HandshakeRole(context)
{
    private HandshakeType _awaited = HandshakeType.ClientHello;
    private EphemeralKey? _key;

    public override void Start()
    {
    }

    public override DtlsAlert? Handle(HandshakeType type, ReadOnlySpan<byte> message)
    {
        if (type != _awaited) return DtlsAlert.UnexpectedMessage;
        ReadOnlySpan<byte> body = message[HandshakeFragment.HeaderSize..];
        switch (type)
        {
            case HandshakeType.ClientHello:
                Context.Transcript.Add(message);
                return HandleHello(body);
            case HandshakeType.Certificate:
                Context.Transcript.Add(message);
                _awaited = HandshakeType.ClientKeyExchange;
                return Context.TakeCertificate(body);
            case HandshakeType.ClientKeyExchange:
                Context.Transcript.Add(message);
                return HandleKeyExchange(body);
            case HandshakeType.CertificateVerify:
                return HandleVerify(body, message);
            default:
                return HandleFinished(body, message);
        }
    }

    public override void Dispose() => _key?.Dispose();

    private DtlsAlert? HandleHello(ReadOnlySpan<byte> body)
    {
        if (!ClientHello.TryRead(body, out ClientHello hello)) return DtlsAlert.DecodeError;
        // Versions of DTLS count downwards.
        if (hello.Version >> 8 != Hello.Dtls12 >> 8 || hello.Version > Hello.Dtls12) return DtlsAlert.ProtocolVersion;
        if (hello.Extensions.TryFind(Hello.RenegotiationInfo, out ReadOnlySpan<byte> renegotiation) && !renegotiation.SequenceEqual(Hello.FirstHandshake)) return DtlsAlert.HandshakeFailure;
        if (!hello.Extensions.TryFind(Hello.ExtendedMasterSecret, out ReadOnlySpan<byte> extended) || !extended.IsEmpty) return DtlsAlert.HandshakeFailure;
        if (!hello.CompressionMethods.Contains(Hello.NoCompression)) return DtlsAlert.IllegalParameter;
        if (ChooseSuite(hello) is not { } suite || ChooseGroup(hello) is not { } group || !AcceptsOurSignature(hello)) return DtlsAlert.HandshakeFailure;

        hello.Random.CopyTo(Context.Keys.ClientRandom);
        Context.Random.Fill(Context.Keys.ServerRandom);
        Context.Keys.Suite = suite;
        _key = EphemeralKey.Create(group, Context.Random);
        Answer(hello, suite, _key);
        return null;
    }

    private void Answer(ClientHello hello, DtlsCipherSuite suite, EphemeralKey key)
    {
        Context.Flight.Begin();
        TlsWriter answer = new();
        ServerHello.Write(answer, Context.Keys.ServerRandom, suite, hello);
        Context.Say(HandshakeType.ServerHello, answer.Written);
        Context.SayCertificate();

        TlsWriter exchange = new();
        KeyExchangeMessages.WriteParameters(exchange, key);
        CertificateMessages.WriteSignature(exchange, Context.Sign(KeyExchangeMessages.Signed(Context.Keys, exchange.Written)));
        Context.Say(HandshakeType.ServerKeyExchange, exchange.Written);

        TlsWriter request = new();
        CertificateMessages.WriteRequest(request);
        Context.Say(HandshakeType.CertificateRequest, request.Written);
        Context.Say(HandshakeType.ServerHelloDone, []);
        _awaited = HandshakeType.Certificate;
    }

    private DtlsAlert? HandleKeyExchange(ReadOnlySpan<byte> body)
    {
        if (!KeyExchangeMessages.TryReadPublicKey(body, out ReadOnlySpan<byte> publicKey)) return DtlsAlert.DecodeError;
        _awaited = HandshakeType.CertificateVerify;
        return Context.Agree(_key!, publicKey);
    }

    private DtlsAlert? HandleVerify(ReadOnlySpan<byte> body, ReadOnlySpan<byte> message)
    {
        if (CertificateMessages.ReadSignature(new SpanReader(body), out ReadOnlySpan<byte> signature) is { } wrong) return wrong;
        if (!Context.Peer!.Verifies(Context.Transcript.Messages, signature)) return DtlsAlert.DecryptError;
        Context.Transcript.Add(message);
        _awaited = HandshakeType.Finished;
        return null;
    }

    private DtlsAlert? HandleFinished(ReadOnlySpan<byte> body, ReadOnlySpan<byte> message)
    {
        if (Context.CheckFinished(body) is { } wrong) return wrong;
        Context.Transcript.Add(message);
        Context.Flight.Begin();
        Context.SayFinished();
        Context.IsComplete = true;
        return null;
    }

    private static DtlsCipherSuite? ChooseSuite(ClientHello hello)
    {
        foreach (DtlsCipherSuite suite in DtlsCipherSuite.All)
        {
            if (hello.CipherSuites.HasCode(suite.Code)) return suite;
        }

        return null;
    }

    private static NamedGroup? ChooseGroup(ClientHello hello)
    {
        if (!hello.Extensions.TryFind(Hello.SupportedGroups, out ReadOnlySpan<byte> data) || !TlsReading.TryReadCodes(data, out ReadOnlySpan<byte> groups)) return null;
        return groups.HasCode((ushort)NamedGroup.X25519) ? NamedGroup.X25519 : groups.HasCode((ushort)NamedGroup.Secp256r1) ? NamedGroup.Secp256r1 : null;
    }

    private static bool AcceptsOurSignature(ClientHello hello) =>
        hello.Extensions.TryFind(Hello.SignatureAlgorithms, out ReadOnlySpan<byte> data) && TlsReading.TryReadCodes(data, out ReadOnlySpan<byte> algorithms)
        && algorithms.HasCode(Hello.EcdsaSecp256r1Sha256);
}
