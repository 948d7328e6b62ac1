using System.Buffers.Binary;
using BerOfChat.Fuzzing;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>A STUN message: every attribute that parses lies inside the message, and integrity holds for nothing but what was made with the key.</summary>
internal sealed class StunTarget : FuzzTarget
{
    private static readonly byte[] s_key = "a key that nobody but the test knows"u8.ToArray();
    private static readonly StunAttributeType[] s_types = Enum.GetValues<StunAttributeType>();
    private readonly byte[][] _seeds;

    public StunTarget() => _seeds = [Request(s_key), Request([]), Response(), Error()];

    public override IEnumerable<byte[]> Seeds => _seeds;

    public override IReadOnlyList<byte[]> Words { get; } = [.. s_types.Select(type => new[] { (byte)((ushort)type >> 8), (byte)((ushort)type & 0xFF), (byte)0, (byte)4 })];

    // The framework's HMAC keeps its state on the heap; nothing else does.
    public override long MaxAllocation(int inputLength) => 512;

    public override byte[] Repair(byte[] input)
    {
        if (input.Length < StunMessage.HeaderSize) return input;
        int whole = input.Length & ~3;
        BinaryPrimitives.WriteUInt16BigEndian(input.AsSpan(2), (ushort)(whole - StunMessage.HeaderSize));
        BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(4), StunMessage.MagicCookie);
        if (whole >= StunMessage.HeaderSize + 8 && BinaryPrimitives.ReadUInt16BigEndian(input.AsSpan(whole - 8)) == (ushort)StunAttributeType.Fingerprint)
            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(whole - 4), Crc32.Compute(input.AsSpan(0, whole - 8)) ^ StunMessage.FingerprintMask);
        return input.Length == whole ? input : input[..whole];
    }

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (!StunMessage.TryParse(input, out StunMessage message)) return 0;
        int outcome = 1 | (message.HasFingerprint ? 2 : 0) | (message.HasIntegrity ? 4 : 0);
        for (int i = 0; i < s_types.Length; i++)
        {
            if (!message.TryGet(s_types[i], out ReadOnlySpan<byte> value)) continue;
            if (!value.IsEmpty && !input.Overlaps(value)) throw new InvalidOperationException("An attribute lies outside of the message.");
            outcome |= 8 << (i % 16);
        }

        if (message.TryFindUnknownRequired(out _)) outcome |= 1 << 25;
        if (message.TryGetErrorCode(out int code)) outcome |= (code / 100) << 26;
        if (XorAddress.TryRead(message, StunAttributeType.XorMappedAddress, out TransportAddress address)) outcome |= address.IsUnusable ? 1 << 29 : 1 << 30;
        _ = message.TryGetUInt32(StunAttributeType.Priority, out _);
        _ = message.TryGetUInt64(StunAttributeType.IceControlled, out _);
        if (message.VerifyIntegrity(s_key) && !IsOurs(input)) throw new InvalidOperationException("A message that was not made with the key has integrity.");
        return outcome;
    }

    // Behind MESSAGE-INTEGRITY anything may follow; in front of it and in it every byte is ours.
    private bool IsOurs(ReadOnlySpan<byte> input)
    {
        foreach (byte[] seed in _seeds)
        {
            if (input[4..].StartsWith(seed.AsSpan(4, seed.Length - 12))) return true;
        }

        return false;
    }

    private static byte[] Request(byte[] key)
    {
        byte[] buffer = new byte[256];
        StunWriter writer = new(buffer, StunMessageType.BindingRequest, StunTransactionId.Read("transaction0"u8));
        writer.Write(StunAttributeType.Username, "abcd:efgh"u8);
        writer.Write(StunAttributeType.Priority, 0x6E0001FFu);
        writer.Write(StunAttributeType.IceControlling, 0x932FF9B151263B36ul);
        writer.Write(StunAttributeType.UseCandidate, []);
        return buffer[..writer.Finish(key)];
    }

    private static byte[] Response()
    {
        byte[] buffer = new byte[256];
        StunWriter writer = new(buffer, StunMessageType.BindingSuccess, StunTransactionId.Read("transaction1"u8));
        writer.Write(StunAttributeType.XorMappedAddress, [0, 1, 0xA1, 0x47, 0xE1, 0x12, 0xA6, 0x43]);
        return buffer[..writer.Finish(s_key)];
    }

    private static byte[] Error()
    {
        byte[] buffer = new byte[256];
        StunWriter writer = new(buffer, StunMessageType.BindingError, StunTransactionId.Read("transaction2"u8));
        writer.WriteError(487, "Role Conflict"u8);
        writer.WriteUnknown(0x7FFF);
        return buffer[..writer.Finish([])];
    }
}
