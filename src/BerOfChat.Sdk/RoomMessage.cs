namespace BerOfChat;

/// <summary>A message of a room, as this device has it.</summary>
public sealed record RoomMessage
{
    /// <summary>Names the message on every device.</summary>
    public required RoomMessageId Id { get; init; }

    /// <summary>Who wrote it, proven by its signature.</summary>
    public required PeerId Sender { get; init; }

    /// <summary>Whether this account wrote it.</summary>
    public required bool IsMine { get; init; }

    /// <summary>What it says.</summary>
    public required string Text { get; init; }

    /// <summary>What the sender's clock said, but not later than <see cref="ReceivedAt"/>. It may be wrong: sort by <see cref="Order"/>.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>When this device could show it first, by its own clock. Long after <see cref="SentAt"/> when one of the two was away, or a clock is wrong.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Whether its sender sealed it so that somebody can read it who was no member any more by what the sender knew. Only a faulty or hostile application does that.</summary>
    public required bool IsExposed { get; init; }

    /// <summary>Sorts messages alike on every device: what was written after having seen something comes after it. Ties are broken by <see cref="Id"/>.</summary>
    public required ulong Order { get; init; }

    /// <summary>Where reading goes on after this message.</summary>
    public required RoomPosition Position { get; init; }
}
