namespace BerOfChat.WebRtc.DataChannels;

/// <summary>The payload protocol identifiers of RFC 8831 section 8. SCTP has no empty messages, so two of them say "the one byte here means none".</summary>
internal static class PayloadProtocol
{
    public const uint Control = 50;
    public const uint Text = 51;
    public const uint TextPartial = 54;
    public const uint Binary = 53;
    public const uint BinaryPartial = 52;
    public const uint TextEmpty = 56;
    public const uint BinaryEmpty = 57;

    public static uint For(DataChannelMessageKind kind, bool isEmpty) => (kind, isEmpty) switch
    {
        (DataChannelMessageKind.Text, false) => Text,
        (DataChannelMessageKind.Text, true) => TextEmpty,
        (_, false) => Binary,
        (_, true) => BinaryEmpty,
    };

    public static bool TryRead(uint protocol, out DataChannelMessageKind kind, out bool isEmpty)
    {
        isEmpty = protocol is TextEmpty or BinaryEmpty;
        kind = protocol is Text or TextPartial or TextEmpty ? DataChannelMessageKind.Text : DataChannelMessageKind.Binary;
        return protocol is Text or TextPartial or TextEmpty or Binary or BinaryPartial or BinaryEmpty;
    }
}
