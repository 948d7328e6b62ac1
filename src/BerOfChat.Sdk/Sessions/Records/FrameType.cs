namespace BerOfChat.Sessions.Records;

/// <summary>What a record carries. Values that are not named here are malformed until a version gives them a meaning.</summary>
internal enum FrameType : byte
{
    /// <summary>Nothing.</summary>
    Pad = 0,

    /// <summary>One whole message.</summary>
    Data = 1,

    /// <summary>A part of a message: u32 id, u16 index, u16 count, bytes. The parts of a message follow each other without another message in between.</summary>
    Fragment = 2,

    /// <summary>The sender ends the session: u16 reason.</summary>
    Close = 7,

    /// <summary>The sender wants the same u64 back.</summary>
    Ping = 8,

    /// <summary>The u64 of a ping.</summary>
    Pong = 9,
}
