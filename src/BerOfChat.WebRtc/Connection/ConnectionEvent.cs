using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Connection;

/// <summary>What a connection reports.</summary>
internal readonly record struct ConnectionEvent(ConnectionEventKind Kind, string Text = "", PeerConnectionState State = PeerConnectionState.New, WebRtcErrorCode Code = 0, DataChannelEvent Channel = default, SctpCauseCode? Cause = null, int Server = 0)
{
    /// <summary>Whether nothing more comes of what it is about.</summary>
    public bool IsEnd => Kind == ConnectionEventKind.StateChanged
        ? State is PeerConnectionState.Failed or PeerConnectionState.Closed
        : Kind == ConnectionEventKind.Channel && Channel.Kind == DataChannelEventKind.ChannelClosed;
}

/// <summary>The kinds of <see cref="ConnectionEvent"/>.</summary>
internal enum ConnectionEventKind
{
    /// <summary>One of our candidates, as a line.</summary>
    LocalCandidate,
    GatheringComplete,

    /// <summary>A TURN server says that the credentials are good no more, and there may be new ones; which server says its number.</summary>
    CredentialsRefused,

    /// <summary>A new state; with failed and closed the text says why.</summary>
    StateChanged,

    /// <summary>Something about a data channel.</summary>
    Channel,
}
