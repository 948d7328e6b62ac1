using BerOfChat;

namespace ConsoleChat;

/// <summary>Short names for people and messages: enough to tell a few apart, not enough to trust.</summary>
internal static class Names
{
    /// <summary>The last six characters of the peer id.</summary>
    public static string Of(PeerId peer) => peer.ToString()[^6..];

    public static string Of(RoomMessageId message) => message.ToString()[..8];
}
