namespace BerOfChat.Storage;

/// <summary>The tables of the store; the numbers are part of its format.</summary>
internal enum StoreTable : byte
{
    /// <summary>Store id and key slots, in clear.</summary>
    Header = 0,

    /// <summary>Private keys, device certificate and device list.</summary>
    Profile = 1,

    /// <summary>One record for each room: its key and what is needed to open it.</summary>
    Rooms = 2,

    /// <summary>Invitations, issued and accepted.</summary>
    Invites = 3,

    /// <summary>Log entries by log and sequence number.</summary>
    Entries = 4,

    /// <summary>Applied entries by position.</summary>
    Positions = 5,

    /// <summary>Applied entries by display order.</summary>
    Order = 6,

    /// <summary>Epoch keys by epoch id.</summary>
    EpochKeys = 7,
}
