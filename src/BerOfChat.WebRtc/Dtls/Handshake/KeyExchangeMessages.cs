using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>ServerKeyExchange and ClientKeyExchange (RFC 8422 sections 5.4 and 5.7).</summary>
internal static class KeyExchangeMessages
{
    private const byte NamedCurve = 3;
    private const int ParametersHeaderSize = 4;

    /// <summary>Writes group and public key: what the server signs, after both randoms.</summary>
    public static void WriteParameters(TlsWriter writer, EphemeralKey key)
    {
        writer.WriteByte(NamedCurve);
        writer.WriteUInt16((ushort)key.Group);
        writer.WriteVector(1, key.PublicKey.Span);
    }

    /// <summary>Reads the server's parameters; what follows them is the signature.</summary>
    public static DtlsAlert? ReadParameters(ReadOnlySpan<byte> body, out NamedGroup group, out ReadOnlySpan<byte> publicKey, out ReadOnlySpan<byte> parameters, out ReadOnlySpan<byte> signature)
    {
        group = default;
        publicKey = parameters = signature = default;
        SpanReader reader = new(body);
        if (!reader.TryReadByte(out byte curveType) || !reader.TryReadUInt16(out ushort curve)) return DtlsAlert.DecodeError;
        group = (NamedGroup)curve;
        if (curveType != NamedCurve || group is not (NamedGroup.X25519 or NamedGroup.Secp256r1)) return DtlsAlert.IllegalParameter;
        if (!reader.TryReadVector(1, out publicKey)) return DtlsAlert.DecodeError;
        parameters = body[..(ParametersHeaderSize + publicKey.Length)];
        return CertificateMessages.ReadSignature(reader, out signature);
    }

    /// <summary>Reads the client's public key.</summary>
    public static bool TryReadPublicKey(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> publicKey)
    {
        SpanReader reader = new(body);
        return reader.TryReadVector(1, out publicKey) && reader.Remaining == 0;
    }

    /// <summary>What the server's signature is of.</summary>
    public static byte[] Signed(KeySchedule keys, ReadOnlySpan<byte> parameters) => [.. keys.ClientRandom, .. keys.ServerRandom, .. parameters];
}
