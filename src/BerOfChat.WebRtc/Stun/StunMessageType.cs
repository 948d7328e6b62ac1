namespace BerOfChat.WebRtc.Stun;

/// <summary>Method and class of a STUN message as they stand in its first two bytes (RFC 8489 section 5, RFC 8656 section 17).</summary>
internal enum StunMessageType : ushort
{
    BindingRequest = 0x0001,
    BindingIndication = 0x0011,
    BindingSuccess = 0x0101,
    BindingError = 0x0111,

    AllocateRequest = 0x0003,
    AllocateSuccess = 0x0103,
    AllocateError = 0x0113,
    RefreshRequest = 0x0004,
    RefreshSuccess = 0x0104,
    RefreshError = 0x0114,
    SendIndication = 0x0016,
    DataIndication = 0x0017,
    CreatePermissionRequest = 0x0008,
    CreatePermissionSuccess = 0x0108,
    CreatePermissionError = 0x0118,
    ChannelBindRequest = 0x0009,
    ChannelBindSuccess = 0x0109,
    ChannelBindError = 0x0119,
}

internal static class StunMessageTypeExtensions
{
    private const ushort SuccessBits = 0x0100, ErrorBits = 0x0110;

    /// <summary>The type of the answer that says yes to this request.</summary>
    public static StunMessageType Success(this StunMessageType request) => (StunMessageType)((ushort)request | SuccessBits);

    /// <summary>The type of the answer that says no to this request.</summary>
    public static StunMessageType Error(this StunMessageType request) => (StunMessageType)((ushort)request | ErrorBits);
}
