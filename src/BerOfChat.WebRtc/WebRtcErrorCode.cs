namespace BerOfChat.WebRtc;

/// <summary>Why an operation of this package failed.</summary>
public enum WebRtcErrorCode
{
    /// <summary>A description or candidate cannot be read, or does not fit the state.</summary>
    InvalidDescription = 1,

    /// <summary>No pair of candidates answered.</summary>
    NoPath = 2,

    /// <summary>The peer could not prove to be the one that its description names, or the handshake failed.</summary>
    HandshakeFailed = 3,

    /// <summary>The connection was there and broke.</summary>
    ConnectionLost = 4,

    /// <summary>The connection or the channel was closed by either side.</summary>
    Closed = 5,

    /// <summary>The message is larger than the peer accepts.</summary>
    MessageTooLarge = 6,

    /// <summary>No socket could be opened on any local address.</summary>
    NoLocalAddress = 7,

    /// <summary>The peer has answered no check for 30 seconds, or as long as the options say, so nothing more may be sent to it (RFC 7675).</summary>
    ConsentExpired = 8,

    /// <summary>One side has broken the SCTP protocol and the other ended the connection; <see cref="WebRtcException.SctpCauseCode"/> says what it was.</summary>
    SctpFailure = 9,
}
