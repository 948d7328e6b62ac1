namespace BerOfChat.WebRtc.Sockets;

/// <summary>Who hears of a stream link. Called on threads of the pool, one call at a time; one may be under way while the link is disposed of, and none begins afterwards.</summary>
internal interface IStreamLinkObserver
{
    /// <summary>It is there: frames may be sent.</summary>
    void OnOpened(StreamLink link);

    /// <summary>Frames may be there: the loop has to take them.</summary>
    void OnReadable(StreamLink link);

    /// <summary>It could not be made, or has ended. The last call; what was received before can still be taken.</summary>
    void OnClosed(StreamLink link, StreamLinkFailure failure);
}
