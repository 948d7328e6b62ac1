namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The groups in which keys are agreed on (RFC 8422).</summary>
internal enum NamedGroup : ushort
{
    Secp256r1 = 23,
    X25519 = 29,
}
