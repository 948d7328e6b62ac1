namespace BerOfChat.WebRtc.Turn;

/// <summary>What an allocation reports.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Address">The peer, with <see cref="TurnEventKind.PermissionRefused"/> and <see cref="TurnEventKind.ChannelBound"/>; the server, with <see cref="TurnEventKind.AlternateServer"/>.</param>
/// <param name="Code">The server's STUN error code; 0 when it did not give one.</param>
/// <param name="Domain">With <see cref="TurnEventKind.AlternateServer"/>: the name under which the new server proves itself in TLS; null when it is the old name.</param>
internal readonly record struct TurnEvent(TurnEventKind Kind, TransportAddress Address = default, int Code = 0, string? Domain = null);

/// <summary>The kinds of <see cref="TurnEvent"/>.</summary>
internal enum TurnEventKind
{
    /// <summary><see cref="TurnClient.RelayedAddress"/> and <see cref="TurnClient.MappedAddress"/> are there.</summary>
    Allocated,

    /// <summary><see cref="TurnClient.Failure"/> says why. Comes at most once for each <see cref="TurnClient.Allocate"/>.</summary>
    Failed,

    /// <summary>User name or password were refused: by an authenticated request for an allocation, which has then failed, or later, while the allocation lives on until its time is over. <see cref="TurnClient.UpdateCredentials"/> tries again.</summary>
    CredentialsRefused,

    /// <summary>The server does not relay to this peer: nothing is sent there.</summary>
    PermissionRefused,

    /// <summary>Data to this peer now costs 4 bytes more, no longer 36 or 48.</summary>
    ChannelBound,

    /// <summary>Another server is to be asked: take its address, and call <see cref="TurnClient.Allocate"/> again.</summary>
    AlternateServer,
}
