namespace BerOfChat;

/// <summary>A message of this device is durable on a device of somebody else who can read it. Who joined after it was written cannot, and is not told of.</summary>
/// <param name="message">The message.</param>
/// <param name="peer">Who has it.</param>
public sealed class MessageDeliveredEventArgs(RoomMessageId message, PeerId peer) : EventArgs
{
    /// <summary>The message.</summary>
    public RoomMessageId Message => message;

    /// <summary>Who has it.</summary>
    public PeerId Peer => peer;
}
