namespace BerOfChat.WebRtc.Dtls;

/// <summary>The content types of DTLS records (RFC 6347 section 4.1).</summary>
internal enum DtlsContentType : byte
{
    ChangeCipherSpec = 20,
    Alert = 21,
    Handshake = 22,
    ApplicationData = 23,
}
