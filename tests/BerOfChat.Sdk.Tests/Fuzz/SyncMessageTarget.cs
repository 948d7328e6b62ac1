using BerOfChat.Fuzzing;
using BerOfChat.Primitives;
using BerOfChat.Sync;

namespace BerOfChat.Fuzz;

/// <summary>What a member may say about a room: what was read and written again reads as the same, and holds to the limits.</summary>
internal sealed class SyncMessageTarget : FuzzTarget
{
    private static readonly Bytes32 s_room = Bytes32.Read([.. Enumerable.Repeat((byte)1, 32)]);
    private static readonly LogHead s_head = new(s_room, 9, s_room);

    public override IEnumerable<byte[]> Seeds => new SyncMessage[]
    {
        new SyncMessage.Hello(s_room, s_room, [s_head]),
        new SyncMessage.Frontier(s_room, [s_head, s_head]),
        new SyncMessage.Want(s_room, s_head, 1_048_576),
        new SyncMessage.Entries(s_room, s_room, [new EntryBytes(new byte[] { 1, 2 }, new byte[] { 3 })], new byte[64]),
        new SyncMessage.Ack(s_room, [s_head]),
        new SyncMessage.Live(s_room, new EntryBytes(new byte[] { 1, 2 }, ReadOnlyMemory<byte>.Empty), new byte[64]),
        new SyncMessage.Joined(s_room, "weekend", ["wss://a.example/x"]),
        new SyncMessage.KeyWant(s_room, [s_room]),
        new SyncMessage.Key(s_room, s_room, new byte[32]),
        new SyncMessage.Key(s_room, s_room, null),
    }.Select(SyncMessageCodec.Encode);

    public override IReadOnlyList<byte[]> Words { get; } = MessagePackWords.All;

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (!SyncMessageCodec.TryParse(input.ToArray(), out SyncMessage? message)) return 0;
        if (message is null) return 1;
        byte[] written = SyncMessageCodec.Encode(message);
        if (!SyncMessageCodec.TryParse(written, out SyncMessage? again) || !SyncMessageCodec.Encode(again!).AsSpan().SequenceEqual(written)) throw new InvalidOperationException("What was written reads as something else.");
        int count = message switch
        {
            SyncMessage.Hello m => Check(m.Changed.Count, SyncLimits.MaxHelloHeads),
            SyncMessage.Frontier m => Check(m.Heads.Count, SyncLimits.MaxHeads),
            SyncMessage.Entries m => Check(m.Run.Count, SyncLimits.MaxRunEntries),
            SyncMessage.Ack m => Check(m.Heads.Count, SyncLimits.MaxHeads),
            SyncMessage.Joined m => Check(m.Addresses.Count, SyncLimits.MaxAddresses),
            SyncMessage.KeyWant m => Check(m.Epochs.Count, SyncLimits.MaxKeyWants),
            _ => 0,
        };
        return HashCode.Combine(message.GetType().Name.Length, message.GetType().Name[0], count);
    }

    private static int Check(int count, int limit) => count <= limit ? Math.Min(count, 8) : throw new InvalidOperationException("A message holds more than the limit.");
}
