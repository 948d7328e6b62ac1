using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The messages around certificates: Certificate, CertificateRequest, CertificateVerify (RFC 5246 sections 7.4.2, 7.4.4 and 7.4.8).</summary>
internal static class CertificateMessages
{
    private const byte EcdsaSign = 64;

    public static void WriteCertificate(TlsWriter writer, ReadOnlySpan<byte> encoded)
    {
        int chain = writer.BeginVector(3);
        writer.WriteVector(3, encoded);
        writer.EndVector(chain, 3);
    }

    /// <summary>Reads the certificate of the one who speaks; empty when it has none. What follows in the chain means nothing here.</summary>
    public static bool TryReadCertificate(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> first)
    {
        first = default;
        SpanReader reader = new(body);
        if (!reader.TryReadVector(3, out ReadOnlySpan<byte> chain) || reader.Remaining != 0) return false;
        SpanReader certificates = new(chain);
        while (certificates.Remaining > 0)
        {
            if (!certificates.TryReadVector(3, out ReadOnlySpan<byte> certificate) || certificate.IsEmpty) return false;
            if (first.IsEmpty) first = certificate;
        }

        return true;
    }

    public static void WriteRequest(TlsWriter writer)
    {
        writer.WriteVector(1, [EcdsaSign]);
        writer.WriteUInt16(2);
        writer.WriteUInt16(Hello.EcdsaSecp256r1Sha256);
        writer.WriteUInt16(0);
    }

    /// <summary>Reads what kind of certificate the server wants.</summary>
    /// <param name="body">The message.</param>
    /// <param name="acceptsOurs">Whether one with a key of P-256 and signatures with SHA-256 will do.</param>
    public static bool TryReadRequest(ReadOnlySpan<byte> body, out bool acceptsOurs)
    {
        acceptsOurs = false;
        SpanReader reader = new(body);
        if (!reader.TryReadVector(1, out ReadOnlySpan<byte> types) || types.IsEmpty) return false;
        if (!reader.TryReadVector(2, out ReadOnlySpan<byte> algorithms) || algorithms.Length < 2 || algorithms.Length % 2 != 0) return false;
        if (!reader.TryReadVector(2, out _) || reader.Remaining != 0) return false;
        acceptsOurs = types.Contains(EcdsaSign) && algorithms.HasCode(Hello.EcdsaSecp256r1Sha256);
        return true;
    }

    /// <summary>Writes a signature with its algorithm before it.</summary>
    public static void WriteSignature(TlsWriter writer, ReadOnlySpan<byte> signature)
    {
        writer.WriteUInt16(Hello.EcdsaSecp256r1Sha256);
        writer.WriteVector(2, signature);
    }

    /// <summary>Reads a signature that ends the message.</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public static DtlsAlert? ReadSignature(SpanReader reader, out ReadOnlySpan<byte> signature)
    {
        signature = default;
        if (!reader.TryReadUInt16(out ushort algorithm) || !reader.TryReadVector(2, out signature) || reader.Remaining != 0) return DtlsAlert.DecodeError;
        return algorithm == Hello.EcdsaSecp256r1Sha256 ? null : DtlsAlert.IllegalParameter;
    }
}
