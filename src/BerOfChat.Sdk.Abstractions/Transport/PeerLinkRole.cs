namespace BerOfChat;

/// <summary>Who begins the negotiation of a link.</summary>
public enum PeerLinkRole
{
    /// <summary>Sends the first description.</summary>
    Offerer,

    /// <summary>Waits for a description and answers it.</summary>
    Answerer,
}
