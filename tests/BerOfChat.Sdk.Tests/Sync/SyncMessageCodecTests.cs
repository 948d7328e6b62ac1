using BerOfChat.Primitives;
using CsCheck;

namespace BerOfChat.Sync;

public sealed class SyncMessageCodecTests
{
    private static readonly Bytes32 s_room = Bytes32.Read(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly Bytes32 s_log = Bytes32.Read(Enumerable.Repeat((byte)2, 32).ToArray());
    private static readonly LogHead s_head = new(s_log, 9, s_room);

    public static TheoryData<int> Messages => [.. Enumerable.Range(0, All.Length)];

    private static SyncMessage[] All =>
    [
        new SyncMessage.Hello(s_room, s_log, [s_head]),
        new SyncMessage.Frontier(s_room, [s_head, s_head]),
        new SyncMessage.Want(s_room, s_head, 1_048_576),
        new SyncMessage.Entries(s_room, s_log, [new EntryBytes(new byte[] { 1, 2 }, new byte[] { 3 })], new byte[64]),
        new SyncMessage.Ack(s_room, [s_head]),
        new SyncMessage.Live(s_room, new EntryBytes(new byte[] { 1, 2 }, ReadOnlyMemory<byte>.Empty), new byte[64]),
        new SyncMessage.Joined(s_room, "weekend", ["wss://a.example/x"]),
        new SyncMessage.KeyWant(s_room, [s_log]),
        new SyncMessage.Key(s_room, s_log, new byte[32]),
        new SyncMessage.Key(s_room, s_log, null),
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_survives_the_wire_and_no_part_of_it_may_be_missing(int index)
    {
        byte[] bytes = SyncMessageCodec.Encode(All[index]);
        Assert.True(SyncMessageCodec.TryParse(bytes, out SyncMessage? parsed));
        Assert.IsType(All[index].GetType(), parsed);
        Assert.Equal(bytes, SyncMessageCodec.Encode(parsed));
        for (int length = 0; length < bytes.Length; length++) Assert.False(SyncMessageCodec.TryParse(bytes.AsMemory(0, length), out _));
    }

    [Fact]
    public void A_refused_key_stays_a_refusal()
    {
        Assert.True(SyncMessageCodec.TryParse(SyncMessageCodec.Encode(All[^1]), out SyncMessage? parsed));
        Assert.Null(Assert.IsType<SyncMessage.Key>(parsed).Value);
    }

    [Fact]
    public void Unknown_types_are_ignored_and_more_than_the_limits_is_malformed()
    {
        byte[] unknown = [0x93, 99, 0xC4, 32, .. s_room.ToArray(), 1];
        Assert.True(SyncMessageCodec.TryParse(unknown, out SyncMessage? parsed));
        Assert.Null(parsed);

        LogHead[] many = [.. Enumerable.Repeat(s_head, SyncLimits.MaxHelloHeads + 1)];
        Assert.False(SyncMessageCodec.TryParse(SyncMessageCodec.Encode(new SyncMessage.Hello(s_room, s_log, many)), out _));
        Assert.False(SyncMessageCodec.TryParse(SyncMessageCodec.Encode(new SyncMessage.Want(s_room, s_head with { Sequence = 1UL << 53 }, 1)), out _));
        Assert.False(SyncMessageCodec.TryParse(SyncMessageCodec.Encode(new SyncMessage.Joined(s_room, new string('x', 257), [])), out _));
    }

    [Fact]
    public void Random_and_altered_bytes_never_throw() =>
        Gen.Select(Gen.Int[0, All.Length - 1], Gen.Int[0, 500], Gen.Byte, Gen.Byte.Array[0, 100]).Sample(
            (index, at, value, random) =>
            {
                _ = SyncMessageCodec.TryParse(random, out _);
                byte[] altered = SyncMessageCodec.Encode(All[index]);
                altered[at % altered.Length] = value;
                _ = SyncMessageCodec.TryParse(altered, out _);
            },
            iter: 20_000);
}
