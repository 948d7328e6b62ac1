using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Sync;

/// <summary>How far a replica holds one log: the last sequence number and the hash of that entry.</summary>
internal readonly record struct LogHead(Bytes32 Log, ulong Sequence, Bytes32 Hash)
{
    /// <summary>The digest of a replica: SHA-256 of all its heads, ascending by log. Equal digests mean parity.</summary>
    public static Bytes32 Digest(IEnumerable<LogHead> ascendingHeads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[Bytes32.Size + sizeof(ulong) + Bytes32.Size];
        foreach (LogHead head in ascendingHeads)
        {
            head.Log.CopyTo(bytes);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[Bytes32.Size..], head.Sequence);
            head.Hash.CopyTo(bytes[(Bytes32.Size + sizeof(ulong))..]);
            hash.AppendData(bytes);
        }

        return Bytes32.Read(hash.GetHashAndReset());
    }
}
