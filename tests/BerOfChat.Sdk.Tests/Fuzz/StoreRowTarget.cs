using BerOfChat.Fuzzing;
using BerOfChat.Identity;
using BerOfChat.Invites;
using BerOfChat.Logs;
using BerOfChat.Rooms;
using BerOfChat.Simulation;
using BerOfChat.Storage;

namespace BerOfChat.Fuzz;

/// <summary>Rows of a store: sealed ones that somebody changed, key slots, and what an intact row holds after opening.</summary>
/// <remarks>The first byte says what the rest is: 0 a sealed row, 1 a key slot, 2 the state of a room, 3 an issued invitation, 4 the identity, 5 an entry.</remarks>
internal sealed class StoreRowTarget : FuzzTarget
{
    private static readonly StoreKey s_place = new(2, new byte[16], new byte[16]);
    private static readonly RowCipher s_cipher = new([.. Enumerable.Repeat((byte)8, 32)], new SeededRandomSource(4));
    private readonly byte[] _sealed;

    public StoreRowTarget() => _sealed = s_cipher.Seal(s_place, "a row"u8);

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            using IssuedInvite issued = IssuedInvite.Create(FuzzIdentity.Alice.AccountKey, FuzzIdentity.Now, 0, [], new SeededRandomSource(3));
            KeySlot slot = KeySlot.Create(new byte[16], "password"u8, new byte[KeySlot.MasterKeySize], KeySlotCost.Least, new SeededRandomSource(9));
            using var own = new OwnLog(new byte[32]);
            yield return [0, .. _sealed];
            yield return [1, .. slot.Bytes.Span];
            yield return [2, .. new StoredRoom(new byte[32], "weekend", ["wss://a.example/x"], default).Encode()];
            yield return [3, .. issued.Encode(issued.State)];
            yield return [4, .. FuzzIdentity.Alice.Export()];
            yield return [5, .. EntryWriter.Create(FuzzIdentity.Alice, own, HistoryPolicy.All, 1_700_000_000_000, new SeededRandomSource(6)).ToRow()];
        }
    }

    public override IReadOnlyList<byte[]> Words { get; } = MessagePackWords.All;

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        byte[] rest = input[1..].ToArray();
        switch (input[0] % 6)
        {
            case 0:
                return OpenRow(rest);
            case 1:
                return KeySlot.TryParse(rest, out KeySlot? slot) ? HashCode.Combine(1, slot.Cost.IsWithinBounds) : 10;
            case 2:
                return StoredRoom.TryDecode(rest, out StoredRoom? state) ? HashCode.Combine(2, state.Addresses.Count) : 20;
            case 3:
                if (!IssuedInvite.TryDecode(rest, out IssuedInvite? invite)) return 30;
                using (invite) return HashCode.Combine(3, invite.State.IsRevoked, invite.State.AddedAccounts.Length);
            case 4:
                if (!LocalIdentity.TryImport(rest, out LocalIdentity? identity)) return 40;
                using (identity) return identity.AccountKey == FuzzIdentity.Alice.AccountKey ? 41 : throw new InvalidOperationException("Keys that do not belong together were accepted.");
            default:
                return LogEntry.TryParseRow(rest, out LogEntry? entry) ? HashCode.Combine(5, entry.Signature is null, entry.Header.Type) : 50;
        }
    }

    private int OpenRow(byte[] row)
    {
        try
        {
            s_cipher.Open(s_place, row);
            return row.AsSpan().SequenceEqual(_sealed) ? 1 : throw new InvalidOperationException("A row opened that nobody sealed.");
        }
        catch (BerOfChatException e) when (e.ErrorCode is BerOfChatErrorCode.StoreCorrupt or BerOfChatErrorCode.StoreVersion)
        {
            return 2 + (int)e.ErrorCode;
        }
    }
}
