using System.Buffers.Binary;
using BerOfChat.Fuzzing;
using BerOfChat.Sessions;
using BerOfChat.Sessions.Records;

namespace BerOfChat.Fuzz;

/// <summary>Records of a session, and the frames inside them as a peer with the keys may write them.</summary>
/// <remarks>
/// The first byte says what the rest is. Odd: a record as it stands, which must not open. Even: a row of frames (u8 lane, u8 type, u16 length, body). One in 64 of these, chosen by its
/// content, goes through a whole session, whose keys cost a thousand times as much as its frames; the others go where frames can leave something behind, the assembler.
/// </remarks>
internal sealed class RecordTarget : FuzzTarget
{
    private const int MaxFrames = 16;
    private const uint SessionShare = 64;
    private static readonly byte[] s_key = [.. Enumerable.Repeat((byte)3, 32)];
    private static readonly RecordOpener s_opener = new(1, s_key, new byte[12]);
    private readonly byte[] _genuine;
    private readonly byte[] _buffer = new byte[RecordFormat.MaxSize];

    public RecordTarget()
    {
        using var sealer = new RecordSealer(1, s_key, new byte[12]);
        _genuine = _buffer[..sealer.Seal(FrameType.Data, "hello"u8, [], _buffer)];
    }

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            byte[] altered = [.. _genuine];
            altered[^1] ^= 1;
            byte[][] frames =
            [
                Frame(1, FrameType.Data, "hello"u8),
                [.. Frame(1, FrameType.Fragment, [0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3]), .. Frame(1, FrameType.Fragment, [0, 0, 0, 1, 0, 1, 0, 2, 4, 5])],
                [.. Frame(0, FrameType.Ping, new byte[8]), .. Frame(0, FrameType.Pong, new byte[8]), .. Frame(0, FrameType.Close, [0, 0])],
                Frame(2, FrameType.Pad, []),
            ];
            return [[1, .. altered], .. frames.Select(row => (byte[])[0, .. row])];
        }
    }

    public override IReadOnlyList<byte[]> Words { get; } = [.. Enum.GetValues<FrameType>().Select(type => new[] { (byte)type }), [0x11, 0], [0xFF, 0xFF], [0, 0, 0, 1, 0, 0, 0xFF, 0xFF]];

    // Two sessions may be made. A fragment may announce a message, but not reserve it.
    public override long MaxAllocation(int inputLength) => 768 * 1024 + (16L * inputLength);

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        if (input[0] % 2 == 1) return OpenRecord(input[1..]);
        return Crc(input) % SessionShare == 0 ? RunSession(input[1..]) : Assemble(input[1..]);
    }

    private int OpenRecord(ReadOnlySpan<byte> record)
    {
        if (record.SequenceEqual(_genuine)) return 1;
        if (s_opener.TryOpen(record, _buffer, out _, out _)) throw new InvalidOperationException("A record opened that the peer did not seal.");
        return 2 + (record.Length < RecordFormat.MinSize ? 1 : 0);
    }

    private static int Assemble(ReadOnlySpan<byte> frames)
    {
        var assembler = new MessageAssembler();
        int outcome = 16;
        for (int i = 0; i < MaxFrames && TryTakeFrame(ref frames, out _, out FrameType type, out ReadOnlySpan<byte> body); i++)
        {
            ReadOnlyMemory<byte>? message = null;
            bool isTaken = type == FrameType.Fragment ? assembler.TryAddPart(body, out message) : assembler.TryAddWhole(body, out _);
            if (message?.Length > MessageAssembler.MaxMessageSize) throw new InvalidOperationException("A message is larger than any may be.");
            outcome = HashCode.Combine(outcome, isTaken, message is null);
            if (!isTaken) break;
        }

        return outcome;
    }

    private int RunSession(ReadOnlySpan<byte> frames)
    {
        using var pair = new CorePair(SessionSuite.Pair);
        pair.Run();
        PeerSessionCore victim = pair.Responder;
        SessionKeys peer = (SessionKeys)s_keys.GetValue(pair.Initiator)!;
        int messages = 0, count = 0, answers = 0;
        while (count < MaxFrames && victim.End is null && TryTakeFrame(ref frames, out PeerLane lane, out FrameType type, out ReadOnlySpan<byte> body))
        {
            count++;
            victim.HandleRecord(lane, _buffer.AsSpan(0, peer.Sealer(lane).Seal(type, body, [], _buffer)), pair.Now);
            while (victim.TryReadMessage(out _)) messages++;
        }

        while (victim.TryWrite(_buffer, out _)) answers++;
        if (answers > MaxFrames + 1) throw new InvalidOperationException("A few records are answered by many.");
        return HashCode.Combine(victim.End?.Reason, victim.End is null, messages, answers, count);
    }

    private static uint Crc(ReadOnlySpan<byte> input)
    {
        uint crc = 0;
        foreach (byte b in input) crc = System.Numerics.BitOperations.Crc32C(crc, b);
        return crc;
    }

    private static bool TryTakeFrame(ref ReadOnlySpan<byte> frames, out PeerLane lane, out FrameType type, out ReadOnlySpan<byte> body)
    {
        lane = default;
        type = default;
        body = default;
        if (frames.Length < 4) return false;
        int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(frames[2..]), frames.Length - 4);
        lane = (PeerLane)(frames[0] % 3);
        type = (FrameType)frames[1];
        body = frames.Slice(4, length);
        frames = frames[(4 + length)..];
        return true;
    }

    private static byte[] Frame(byte lane, FrameType type, ReadOnlySpan<byte> body) => [lane, (byte)type, 0, (byte)body.Length, .. body];

    private static readonly System.Reflection.FieldInfo s_keys = typeof(PeerSessionCore).GetField("_keys", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!;
}
