namespace BerOfChat.WebRtc;

/// <summary>What a message carries.</summary>
public enum DataChannelMessageKind
{
    /// <summary>UTF-8 text.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Binary,
}
