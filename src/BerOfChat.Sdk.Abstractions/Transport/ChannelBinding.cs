namespace BerOfChat;

/// <summary>Ties a session to the link it runs on, so that a handshake relayed onto another link fails.</summary>
public sealed class ChannelBinding
{
    /// <summary>The size of a fingerprint in bytes.</summary>
    public const int FingerprintSize = 32;

    private ChannelBinding(ChannelBindingKind kind, byte[] local, byte[] remote, string context)
    {
        Kind = kind;
        LocalFingerprint = local;
        RemoteFingerprint = remote;
        Context = context;
    }

    /// <summary>What the fingerprints are.</summary>
    public ChannelBindingKind Kind { get; }

    /// <summary>SHA-256 of the certificate that this side really used, 32 bytes; zeros without a binding.</summary>
    public ReadOnlyMemory<byte> LocalFingerprint { get; }

    /// <summary>SHA-256 of the certificate that the peer really used, 32 bytes; zeros without a binding.</summary>
    public ReadOnlyMemory<byte> RemoteFingerprint { get; }

    /// <summary>Names the transport; both ends must name it alike. At most 255 bytes of UTF-8; empty for WebRTC.</summary>
    public string Context { get; }

    /// <summary>A link whose ends are DTLS certificates, made anew for this link.</summary>
    /// <param name="localFingerprint">SHA-256 of our certificate, 32 bytes.</param>
    /// <param name="remoteFingerprint">SHA-256 of the peer's certificate, 32 bytes.</param>
    public static ChannelBinding DtlsSha256(ReadOnlySpan<byte> localFingerprint, ReadOnlySpan<byte> remoteFingerprint)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(localFingerprint.Length, FingerprintSize, nameof(localFingerprint));
        ArgumentOutOfRangeException.ThrowIfNotEqual(remoteFingerprint.Length, FingerprintSize, nameof(remoteFingerprint));
        return new ChannelBinding(ChannelBindingKind.DtlsSha256, localFingerprint.ToArray(), remoteFingerprint.ToArray(), "");
    }

    /// <summary>A link that has nothing to bind to, for example in memory. The session's own handshake then stands alone.</summary>
    /// <param name="context">Names the transport, at most 255 bytes of UTF-8.</param>
    public static ChannelBinding None(string context)
    {
        ArgumentException.ThrowIfNullOrEmpty(context);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(System.Text.Encoding.UTF8.GetByteCount(context), byte.MaxValue, nameof(context));
        return new ChannelBinding(ChannelBindingKind.None, new byte[FingerprintSize], new byte[FingerprintSize], context);
    }
}

/// <summary>The kinds of <see cref="ChannelBinding"/>; the values stand in the session's prologue.</summary>
public enum ChannelBindingKind
{
    /// <summary>Nothing to bind to.</summary>
    None = 0,

    /// <summary>SHA-256 of both DTLS certificates.</summary>
    DtlsSha256 = 1,
}
