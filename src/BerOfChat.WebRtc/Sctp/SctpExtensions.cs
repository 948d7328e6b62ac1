namespace BerOfChat.WebRtc.Sctp;

/// <summary>What an association offers beyond what every peer knows, and uses when the peer offers it too.</summary>
internal sealed record SctpExtensions
{
    public static readonly SctpExtensions All = new() { Interleaving = true, ZeroChecksum = true };

    public static readonly SctpExtensions None = new();

    /// <summary>Messages of several streams are under way at a time (RFC 8260).</summary>
    public bool Interleaving { get; init; }

    /// <summary>Packets carry no checksum, which is right only inside DTLS (RFC 9653).</summary>
    public bool ZeroChecksum { get; init; }
}
