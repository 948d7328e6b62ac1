using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>An entry of another log that the author had applied: its log, its sequence number and the first half of its hash.</summary>
internal readonly record struct EntryDependency(Bytes32 Log, ulong Sequence, UInt128 HashPrefix)
{
    public const int Size = Bytes32.Size + sizeof(ulong) + 16;
}
