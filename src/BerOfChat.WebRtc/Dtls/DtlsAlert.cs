namespace BerOfChat.WebRtc.Dtls;

/// <summary>The alerts that this stack sends or tells apart (RFC 5246 section 7.2, RFC 5746).</summary>
internal enum DtlsAlert : byte
{
    CloseNotify = 0,
    UnexpectedMessage = 10,
    HandshakeFailure = 40,
    BadCertificate = 42,
    UnsupportedCertificate = 43,
    IllegalParameter = 47,
    DecodeError = 50,
    DecryptError = 51,
    ProtocolVersion = 70,
    NoRenegotiation = 100,
    UnsupportedExtension = 110,
}
