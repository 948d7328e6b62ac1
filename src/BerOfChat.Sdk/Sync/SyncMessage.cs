using BerOfChat.Primitives;

namespace BerOfChat.Sync;

/// <summary>What two devices say to each other about one room.</summary>
internal abstract record SyncMessage(Bytes32 Room)
{
    /// <summary>Opens a conversation: how far I am, in one hash.</summary>
    public sealed record Hello(Bytes32 Room, Bytes32 Digest, IReadOnlyList<LogHead> Changed) : SyncMessage(Room);

    /// <summary>How far I am, in full.</summary>
    public sealed record Frontier(Bytes32 Room, IReadOnlyList<LogHead> Heads) : SyncMessage(Room);

    /// <summary>Send me what follows my head of this log, up to so many bytes.</summary>
    public sealed record Want(Bytes32 Room, LogHead From, uint Limit) : SyncMessage(Room);

    /// <summary>A run of entries, the last of which carries the signature.</summary>
    public sealed record Entries(Bytes32 Room, Bytes32 Log, IReadOnlyList<EntryBytes> Run, ReadOnlyMemory<byte> Signature) : SyncMessage(Room);

    /// <summary>So far I hold it durably.</summary>
    public sealed record Ack(Bytes32 Room, IReadOnlyList<LogHead> Heads) : SyncMessage(Room);

    /// <summary>I have just written this.</summary>
    public sealed record Live(Bytes32 Room, EntryBytes Entry, ReadOnlyMemory<byte> Signature) : SyncMessage(Room);

    /// <summary>You are in: what the room is called and where its members meet.</summary>
    public sealed record Joined(Bytes32 Room, string Title, IReadOnlyList<string> Addresses) : SyncMessage(Room);

    /// <summary>Give me the keys of these epochs.</summary>
    public sealed record KeyWant(Bytes32 Room, IReadOnlyList<Bytes32> Epochs) : SyncMessage(Room);

    /// <summary>The key of an epoch, or that I do not give it.</summary>
    public sealed record Key(Bytes32 Room, Bytes32 Epoch, ReadOnlyMemory<byte>? Value) : SyncMessage(Room);
}

/// <summary>An entry as it travels.</summary>
internal readonly record struct EntryBytes(ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Payload);
