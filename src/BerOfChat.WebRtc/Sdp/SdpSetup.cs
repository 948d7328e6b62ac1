namespace BerOfChat.WebRtc.Sdp;

/// <summary>Who starts the DTLS handshake (RFC 8842 section 5): the active side is the client.</summary>
internal enum SdpSetup
{
    ActPass,
    Active,
    Passive,
}
