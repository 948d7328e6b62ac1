using MessagePack;

namespace BerOfChat.Formats;

/// <summary>What <see cref="MessagePackReader"/> throws on malformed bytes, in one place: all of it means "drop this".</summary>
internal static class MessagePackErrors
{
    public static bool IsMalformed(Exception exception) =>
        exception is MessagePackSerializationException or EndOfStreamException or OverflowException or InvalidOperationException or ArgumentException;
}
