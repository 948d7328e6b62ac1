namespace BerOfChat.WebRtc;

/// <summary>User name and password for a TURN server, as a service hands them out for a time.</summary>
/// <param name="Username">The user name, at most 508 bytes of UTF-8 (RFC 8489 section 14.3).</param>
/// <param name="Credential">The password.</param>
public sealed record IceCredential(string Username, string Credential)
{
    /// <summary>Says neither.</summary>
    public override string ToString() => nameof(IceCredential);
}
