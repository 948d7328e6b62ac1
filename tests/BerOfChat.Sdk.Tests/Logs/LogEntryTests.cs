using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using CsCheck;

namespace BerOfChat.Logs;

public sealed class LogEntryTests
{
    private static readonly Ed25519PrivateKey s_key = new(Enumerable.Repeat((byte)9, 32).ToArray());

    [Fact]
    public void An_entry_is_laid_out_hashed_and_signed_as_the_format_says()
    {
        LogEntry entry = LogEntry.Create(Header(EntryType.Message), "sealed"u8, s_key);

        // The same once more, slowly and only from the page that fixes the format.
        List<byte> header = [1];
        header.AddRange(Enumerable.Repeat((byte)0xAA, 32));
        header.AddRange(s_key.PublicKey.ToArray());
        header.AddRange(Number(7, 8));
        header.AddRange(Enumerable.Repeat((byte)0xBB, 32));
        header.AddRange(Number(1_700_000_000_000, 8));
        header.AddRange(Number(1, 2));
        header.AddRange(Enumerable.Repeat((byte)0xCC, 32));
        header.AddRange(Number(3, 8));
        header.AddRange(Number(5, 16));
        header.AddRange(Number(32, 2));
        header.AddRange(Enumerable.Repeat((byte)0xDD, 32));
        header.AddRange(Number(6, 16));
        header.AddRange(Number(6, 4));
        header.AddRange(SHA256.HashData("sealed"u8));
        Assert.Equal(header, entry.HeaderBytes.ToArray());

        byte[] hash = SHA256.HashData([.. "BerOfChat/1 entry-hash"u8, .. header]);
        Assert.Equal(hash, entry.Hash.ToArray());
        Assert.True(Ed25519.Verify(s_key.PublicKey.Span, [.. "BerOfChat/1 entry-sig"u8, .. hash], entry.Signature!.Value.Span));
    }

    [Fact]
    public void A_payload_is_sealed_as_the_format_says()
    {
        byte[] epochKey = Enumerable.Repeat((byte)4, 32).ToArray();
        EntryHeader header = Header(EntryType.Message);
        LogEntry entry = LogEntry.Create(header, EntryCipher.Seal(epochKey, header, TextPayload.Encode("hello")), s_key);

        byte[] associatedData = entry.HeaderBytes.ToArray()[..^36];
        byte[] salt = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(salt, 6);
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, epochKey, 32, salt, [.. "BerOfChat/1 entry"u8, .. SHA256.HashData(associatedData)]);
        using var slow = new AesGcm(key, 16);
        byte[] payload = entry.Payload.ToArray();
        byte[] plaintext = new byte[payload.Length - 16];
        slow.Decrypt(new byte[12], payload.AsSpan(..^16), payload.AsSpan(^16..), plaintext, associatedData);
        Assert.Equal([0x91, 0xA5, .. "hello"u8, .. new byte[57]], plaintext);

        Assert.True(EntryCipher.TryOpen(epochKey, entry, out byte[] opened));
        Assert.True(TextPayload.TryDecode(opened, 100, out string? text));
        Assert.Equal("hello", text);
        Assert.False(EntryCipher.TryOpen(new byte[32], entry, out _));
    }

    [Fact]
    public void A_row_gives_back_the_entry_with_and_without_signature()
    {
        LogEntry signed = LogEntry.Create(Header(EntryType.Epoch), new byte[32], s_key);
        Assert.True(LogEntry.TryParseRow(signed.ToRow(), out LogEntry? row));
        Assert.Equal(signed.Hash, row.Hash);
        Assert.Equal(signed.Signature!.Value.ToArray(), row.Signature!.Value.ToArray());

        Assert.True(LogEntry.TryParse(signed.HeaderBytes, signed.Payload, out LogEntry? unsigned));
        Assert.True(LogEntry.TryParseRow(unsigned.ToRow(), out row));
        Assert.Null(row.Signature);
        Assert.Equal(signed.Payload.ToArray(), row.Payload.ToArray());
    }

    [Fact]
    public void Malformed_headers_are_refused()
    {
        byte[] good = LogEntry.Create(Header(EntryType.Message), "sealed"u8, s_key).HeaderBytes.ToArray();
        Assert.True(EntryHeader.TryParse(good, out _, out _, out _));
        foreach (Action<byte[]> harm in new Action<byte[]>[]
        {
            header => header[0] = 2,                                    // version
            header => header[65] = 0x20,                                // sequence of 2^53 or more
            header => header.AsSpan(65, 8).Clear(),                     // sequence 0
            header => header.AsSpan(73, 32).Clear(),                    // no previous entry though not the first
            header => header[105] = 1,                                  // wall time of 2^48 or more
            header => header[113] = 2,                                  // more dependencies than there are bytes for
            header => s_key.PublicKey.Span.CopyTo(header.AsSpan(115)),  // depends on itself
            header => header.AsSpan(147, 8).Clear(),                    // depends on an entry 0
            header => header[172] = 7,                                  // a clear type with an epoch
            header => header.AsSpan(1, 32).Clear(),                     // no room, and not CREATE
        })
        {
            byte[] bad = [.. good];
            harm(bad);
            Assert.False(EntryHeader.TryParse(bad, out _, out _, out _));
        }

        for (int length = 0; length < good.Length; length++) Assert.False(EntryHeader.TryParse(good.AsSpan(0, length), out _, out _, out _));
    }

    [Fact]
    public void Random_bytes_are_never_an_entry_and_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 400], Gen.Byte.Array[0, 100]).Sample(
            (header, payload) => Assert.False(LogEntry.TryParse(header, payload, out _) | LogEntry.TryParseRow(header, out _)), iter: 20_000);

    private static EntryHeader Header(EntryType type) => new()
    {
        Room = Repeated(0xAA),
        Log = Bytes32.Read(s_key.PublicKey.Span),
        Sequence = 7,
        Previous = Repeated(0xBB),
        WallTime = 1_700_000_000_000,
        Dependencies = [new EntryDependency(Repeated(0xCC), 3, 5)],
        Type = type,
        Epoch = type.IsSealed() ? Repeated(0xDD) : default,
        Salt = type.IsSealed() ? (UInt128)6 : 0,
    };

    private static Bytes32 Repeated(byte value) => Bytes32.Read(Enumerable.Repeat(value, 32).ToArray());

    private static byte[] Number(ulong value, int size)
    {
        byte[] bytes = new byte[size];
        for (int i = size - 1; i >= 0 && value > 0; i--, value >>= 8) bytes[i] = (byte)(value & 0xFF);
        return bytes;
    }
}
