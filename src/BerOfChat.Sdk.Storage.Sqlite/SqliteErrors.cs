using Microsoft.Data.Sqlite;

namespace BerOfChat;

/// <summary>What went wrong, in the words of the SDK: no path and no SQL in them.</summary>
internal static class SqliteErrors
{
    public static BerOfChatException Translate(Exception exception) => exception switch
    {
        BerOfChatException known => known,
        SqliteException { SqliteErrorCode: Corrupt or NotADatabase } e => new BerOfChatException(
            BerOfChatErrorCode.StoreCorrupt, "The profile's file is damaged or is no BerOfChat store. Restore it from a backup.", innerException: e),
        SqliteException { SqliteErrorCode: Full } e => new BerOfChatException(
            BerOfChatErrorCode.StoreUnavailable, "The disk is full. Free some space; nothing that was confirmed is lost.", isTransient: true, e),
        SqliteException { SqliteErrorCode: Busy or Locked } e => new BerOfChatException(
            BerOfChatErrorCode.StoreLocked, "Another program has the profile's file open. Close it and try again.", isTransient: true, e),
        SqliteException { SqliteErrorCode: ReadOnly or CannotOpen or Permission } or UnauthorizedAccessException => new BerOfChatException(
            BerOfChatErrorCode.StoreUnavailable, "The profile's file cannot be opened for writing. Check its permissions and those of its directory.", innerException: exception),
        _ => new BerOfChatException(BerOfChatErrorCode.StoreUnavailable, "The profile's file cannot be read or written.", isTransient: true, exception),
    };

    private const int Permission = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;
}
