using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>A cipher suite that we offer and accept (RFC 5289).</summary>
/// <param name="Code">As it stands in a hello.</param>
/// <param name="Name">As IANA registers it.</param>
/// <param name="Hash">Of the pseudorandom function and the transcript.</param>
/// <param name="KeySize">In bytes.</param>
internal sealed record DtlsCipherSuite(ushort Code, string Name, HashAlgorithmName Hash, int KeySize)
{
    public static readonly DtlsCipherSuite Aes256 = new(0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", HashAlgorithmName.SHA384, 32);
    public static readonly DtlsCipherSuite Aes128 = new(0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", HashAlgorithmName.SHA256, 16);

    /// <summary>The faster one here first. Chromium takes AES-128 only; who takes both follows the order, as a server and as a client.</summary>
    public static readonly IReadOnlyList<DtlsCipherSuite> All = SodiumRecordCipher.IsSupported ? [Aes256, Aes128] : [Aes128, Aes256];

    public static DtlsCipherSuite? Find(ushort code) => code == Aes256.Code ? Aes256 : code == Aes128.Code ? Aes128 : null;
}
