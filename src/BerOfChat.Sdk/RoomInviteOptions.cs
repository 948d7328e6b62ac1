namespace BerOfChat;

/// <summary>How an invitation may be used.</summary>
public sealed record RoomInviteOptions
{
    /// <summary>How long accounts may join with it. The default is a day, the most 30 days.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How many accounts may join with it, 1 to 255; 0 means any number. The default is one.</summary>
    public int Uses { get; init; } = 1;
}
