namespace BerOfChat.Storage;

/// <summary>One record of a room to be written, before sealing.</summary>
/// <param name="Key">The record.</param>
/// <param name="Value">Its bytes in clear; null removes the record.</param>
/// <param name="MustBeNew">Whether the record may be written once only; the commit fails as a whole when it exists.</param>
internal readonly record struct RoomRecordWrite(RoomRecordKey Key, ReadOnlyMemory<byte>? Value, bool MustBeNew = false);
