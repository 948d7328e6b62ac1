using System.Formats.Asn1;
using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>A self-signed ECDSA P-256 certificate, made for one connection: reusing one would link a person's connections.</summary>
internal sealed class DtlsCertificate : IDisposable
{
    private const string SubjectName = "WebRTC";
    private const string CommonName = "2.5.4.3";
    private const string EcdsaWithSha256 = "1.2.840.10045.4.3.2";
    private const int Version3 = 2;
    private const int FirstYearOfGeneralizedTime = 2050;
    private static readonly Asn1Tag s_version = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly TimeSpan s_before = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_after = TimeSpan.FromDays(30);

    private readonly ECDsa _key;

    private DtlsCertificate(ECDsa key, byte[] encoded)
    {
        _key = key;
        Encoded = encoded;
        Sha256Fingerprint = SHA256.HashData(encoded);
    }

    /// <summary>The certificate in DER.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>What a description says of it: 32 bytes.</summary>
    public ReadOnlyMemory<byte> Sha256Fingerprint { get; }

    public static DtlsCertificate Create(IRandomSource random, DateTimeOffset now) => Create(ECDsa.Create(ECCurve.NamedCurves.nistP256), random, now);

    /// <summary>Makes a certificate of a key of P-256, which belongs to it from now on.</summary>
    public static DtlsCertificate Create(ECDsa key, IRandomSource random, DateTimeOffset now)
    {
        Span<byte> serial = stackalloc byte[16];
        random.Fill(serial);
        // Positive, and of the same length whatever the random bytes are.
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        byte[] content = WriteContent(key, serial, now.ToUniversalTime());
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(content);
            WriteAlgorithm(writer);
            writer.WriteBitString(key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        return new DtlsCertificate(key, writer.Encode());
    }

    /// <summary>Signs by ECDSA with SHA-256, as a DER sequence.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public void Dispose() => _key.Dispose();

    // TBSCertificate, RFC 5280 section 4.1. The framework's builder makes the same and takes 0.5 ms.
    private static byte[] WriteContent(ECDsa key, ReadOnlySpan<byte> serial, DateTimeOffset now)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(s_version)) writer.WriteInteger(Version3);
            writer.WriteIntegerUnsigned(serial);
            WriteAlgorithm(writer);
            WriteName(writer);
            using (writer.PushSequence())
            {
                WriteTime(writer, now - s_before);
                WriteTime(writer, now + s_after);
            }

            WriteName(writer);
            writer.WriteEncodedValue(key.ExportSubjectPublicKeyInfo());
        }

        return writer.Encode();
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence()) writer.WriteObjectIdentifier(EcdsaWithSha256);
    }

    private static void WriteName(AsnWriter writer)
    {
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(CommonName);
            writer.WriteCharacterString(UniversalTagNumber.UTF8String, SubjectName);
        }
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (time.Year < FirstYearOfGeneralizedTime) writer.WriteUtcTime(time);
        else writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
    }
}
