namespace BerOfChat.WebRtc.Dtls;

/// <summary>Why an endpoint has failed.</summary>
/// <param name="Kind">The cause.</param>
/// <param name="Alert">The alert that was sent or received; null when there was none.</param>
/// <param name="IsFromPeer">Whether the peer has sent it.</param>
internal readonly record struct DtlsFailure(DtlsFailureKind Kind, DtlsAlert? Alert = null, bool IsFromPeer = false);

/// <summary>The kinds of <see cref="DtlsFailure"/>.</summary>
internal enum DtlsFailureKind
{
    /// <summary>The handshake did not end in time.</summary>
    Timeout,

    /// <summary>One side does not accept the other's part of the handshake.</summary>
    Handshake,

    /// <summary>The peer has proven to hold another certificate than the one that its description names.</summary>
    CertificateMismatch,

    /// <summary>The peer has ended the encryption by an alert.</summary>
    Alert,
}
