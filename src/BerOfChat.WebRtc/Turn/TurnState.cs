namespace BerOfChat.WebRtc.Turn;

/// <summary>Where an allocation stands.</summary>
internal enum TurnState
{
    /// <summary>Nothing was asked for yet; also after <see cref="TurnEventKind.AlternateServer"/>, until the new server is asked.</summary>
    Idle,

    /// <summary>The server was asked and has not given an address yet.</summary>
    Allocating,

    /// <summary>There is a relayed address: data flows.</summary>
    Allocated,

    /// <summary>There is none and will be none, or the one there was is lost; <see cref="TurnClient.Failure"/> says why.</summary>
    Failed,

    /// <summary>The server is told that the address is not needed any more.</summary>
    Closing,

    /// <summary>Over.</summary>
    Closed,
}
