using BerOfChat.Identity;
using BerOfChat.Primitives;

namespace BerOfChat.Sessions;

/// <summary>What both sides of a session must know before they begin, and who this side is.</summary>
internal sealed record SessionParameters
{
    /// <summary>Whether this side writes the first message: it is the one that offered.</summary>
    public required bool IsInitiator { get; init; }

    /// <summary>The suite that the answer chose.</summary>
    public required SessionSuite Suite { get; init; }

    /// <summary>The suites of the offer, exactly as they stood there: both sides hash them, so that nobody in between can take the better ones away.</summary>
    public required IReadOnlyList<ushort> OfferedSuites { get; init; }

    /// <summary>Our account and device; it stays the caller's and must outlive the handshake.</summary>
    public required LocalIdentity Identity { get; init; }

    /// <summary>The pre-shared key of the invitation, for <see cref="SessionSuite.Invite"/> only. It is copied.</summary>
    public ReadOnlyMemory<byte>? Psk { get; init; }

    /// <summary>Whether a device that has proven who it is may be on the other side. An initiator asks before it says who it is itself.</summary>
    public required Func<RemoteDevice, bool> AcceptPeer { get; init; }

    public required IRandomSource Random { get; init; }

    public required TimeProvider TimeProvider { get; init; }
}
