using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The client's part of the handshake (RFC 5246 section 7.3, with certificates on both sides).</summary>
internal sealed class ClientRole(HandshakeContext context) : HandshakeRole(context)
{
    private static readonly ushort[] s_offered = [Hello.RenegotiationInfo, Hello.ExtendedMasterSecret, Hello.SupportedGroups, Hello.PointFormats, Hello.SignatureAlgorithms];

    private HandshakeType _awaited = HandshakeType.ServerHello;
    private bool _hasCookie;
    private NamedGroup _group;
    private byte[] _serverKey = [];

    public override void Start()
    {
        Context.Random.Fill(Context.Keys.ClientRandom);
        SayHello([]);
    }

    public override DtlsAlert? Handle(HandshakeType type, ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> body = message[HandshakeFragment.HeaderSize..];
        if (type == HandshakeType.HelloVerifyRequest && _awaited == HandshakeType.ServerHello && !_hasCookie) return HandleCookie(body);
        // A server that wants no certificate has skipped its request.
        if (type != _awaited) return _awaited == HandshakeType.CertificateRequest && type == HandshakeType.ServerHelloDone ? DtlsAlert.HandshakeFailure : DtlsAlert.UnexpectedMessage;
        if (type == HandshakeType.Finished) return HandleFinished(body);
        Context.Transcript.Add(message);
        return type switch
        {
            HandshakeType.ServerHello => HandleHello(body),
            HandshakeType.Certificate => HandleCertificate(body),
            HandshakeType.ServerKeyExchange => HandleKeyExchange(body),
            HandshakeType.CertificateRequest => HandleRequest(body),
            _ => body.IsEmpty ? Answer() : DtlsAlert.DecodeError,
        };
    }

    public override void Dispose()
    {
    }

    private void SayHello(ReadOnlySpan<byte> cookie)
    {
        TlsWriter writer = new();
        ClientHello.Write(writer, Context.Keys.ClientRandom, cookie);
        Context.Flight.Begin();
        Context.Say(HandshakeType.ClientHello, writer.Written);
    }

    // The hello without a cookie and the request for one count for nothing (RFC 6347 section 4.2.1).
    private DtlsAlert? HandleCookie(ReadOnlySpan<byte> body)
    {
        SpanReader reader = new(body);
        if (!reader.TryReadUInt16(out _) || !reader.TryReadVector(1, out ReadOnlySpan<byte> cookie) || reader.Remaining != 0) return DtlsAlert.DecodeError;
        _hasCookie = true;
        Context.Transcript.Clear();
        SayHello(cookie);
        return null;
    }

    private DtlsAlert? HandleHello(ReadOnlySpan<byte> body)
    {
        if (!ServerHello.TryRead(body, out ServerHello hello)) return DtlsAlert.DecodeError;
        if (hello.Version != Hello.Dtls12) return DtlsAlert.ProtocolVersion;
        if (DtlsCipherSuite.Find(hello.CipherSuite) is not { } suite || hello.CompressionMethod != Hello.NoCompression) return DtlsAlert.IllegalParameter;
        if (!hello.Extensions.AreWithin(s_offered)) return DtlsAlert.UnsupportedExtension;
        if (!hello.Extensions.TryFind(Hello.ExtendedMasterSecret, out ReadOnlySpan<byte> extended) || !extended.IsEmpty) return DtlsAlert.HandshakeFailure;
        if (hello.Extensions.TryFind(Hello.RenegotiationInfo, out ReadOnlySpan<byte> renegotiation) && !renegotiation.SequenceEqual(Hello.FirstHandshake)) return DtlsAlert.HandshakeFailure;
        Context.Keys.Suite = suite;
        hello.Random.CopyTo(Context.Keys.ServerRandom);
        _awaited = HandshakeType.Certificate;
        return null;
    }

    private DtlsAlert? HandleCertificate(ReadOnlySpan<byte> body)
    {
        _awaited = HandshakeType.ServerKeyExchange;
        return Context.TakeCertificate(body);
    }

    private DtlsAlert? HandleKeyExchange(ReadOnlySpan<byte> body)
    {
        DtlsAlert? wrong = KeyExchangeMessages.ReadParameters(body, out _group, out ReadOnlySpan<byte> publicKey, out ReadOnlySpan<byte> parameters, out ReadOnlySpan<byte> signature);
        if (wrong is not null) return wrong;
        if (!Context.Peer!.Verifies(KeyExchangeMessages.Signed(Context.Keys, parameters), signature)) return DtlsAlert.DecryptError;
        _serverKey = publicKey.ToArray();
        _awaited = HandshakeType.CertificateRequest;
        return null;
    }

    private DtlsAlert? HandleRequest(ReadOnlySpan<byte> body)
    {
        if (!CertificateMessages.TryReadRequest(body, out bool acceptsOurs)) return DtlsAlert.DecodeError;
        if (!acceptsOurs) return DtlsAlert.HandshakeFailure;
        _awaited = HandshakeType.ServerHelloDone;
        return null;
    }

    private DtlsAlert? Answer()
    {
        Context.Flight.Begin();
        Context.SayCertificate();
        using (EphemeralKey key = EphemeralKey.Create(_group, Context.Random))
        {
            TlsWriter exchange = new();
            exchange.WriteVector(1, key.PublicKey.Span);
            Context.Say(HandshakeType.ClientKeyExchange, exchange.Written);
            if (Context.Agree(key, _serverKey) is { } wrong) return wrong;
        }

        TlsWriter verify = new();
        CertificateMessages.WriteSignature(verify, Context.Sign(Context.Transcript.Messages));
        Context.Say(HandshakeType.CertificateVerify, verify.Written);
        Context.SayFinished();
        _awaited = HandshakeType.Finished;
        return null;
    }

    private DtlsAlert? HandleFinished(ReadOnlySpan<byte> body)
    {
        DtlsAlert? wrong = Context.CheckFinished(body);
        Context.IsComplete = wrong is null;
        return wrong;
    }
}
