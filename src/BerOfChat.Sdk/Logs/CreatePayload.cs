using System.Diagnostics.CodeAnalysis;
using BerOfChat.Identity;
using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>What a newcomer can read of the time before.</summary>
internal enum HistoryPolicy : byte
{
    /// <summary>Nothing.</summary>
    None = 1,

    /// <summary>Everything.</summary>
    All = 2,
}

/// <summary>The payload of CREATE: nonce[32], u8 history policy, and the creator's proof.</summary>
internal sealed record CreatePayload(HistoryPolicy History, AuthorProof Creator)
{
    public static byte[] Encode(LocalIdentity identity, Bytes32 nonce, HistoryPolicy history, Bytes32 roomKey) =>
        [.. nonce.ToArray(), (byte)history, .. AuthorProof.Encode(identity, nonce, roomKey)];

    public static bool TryParse(ReadOnlySpan<byte> source, Bytes32 roomKey, [NotNullWhen(true)] out CreatePayload? payload)
    {
        payload = null;
        if (source.Length < Bytes32.Size + 1) return false;
        var history = (HistoryPolicy)source[Bytes32.Size];
        if (history is not (HistoryPolicy.None or HistoryPolicy.All)) return false;
        if (!AuthorProof.TryParse(source[(Bytes32.Size + 1)..], Bytes32.Read(source[..Bytes32.Size]), roomKey, out AuthorProof? proof)) return false;
        payload = new CreatePayload(history, proof);
        return true;
    }
}
