namespace BerOfChat.Logs;

/// <summary>What an entry is. Types below 32 are in clear, because a newcomer must verify them.</summary>
internal enum EntryType : ushort
{
    Create = 1,
    Add = 2,
    Join = 3,
    Remove = 4,
    Leave = 5,
    Role = 6,
    Epoch = 7,
    Fork = 8,
    Rotate = 9,
    Devices = 10,
    Message = 32,
    Title = 33,
}

internal static class EntryTypeExtensions
{
    /// <summary>Whether the payload is sealed under an epoch key.</summary>
    public static bool IsSealed(this EntryType type) => (ushort)type >= 32;
}
