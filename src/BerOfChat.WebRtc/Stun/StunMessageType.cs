namespace BerOfChat.WebRtc.Stun;

/// <summary>Method and class of a STUN message as they stand in its first two bytes (RFC 8489 section 5).</summary>
internal enum StunMessageType : ushort
{
    BindingRequest = 0x0001,
    BindingIndication = 0x0011,
    BindingSuccess = 0x0101,
    BindingError = 0x0111,
}
