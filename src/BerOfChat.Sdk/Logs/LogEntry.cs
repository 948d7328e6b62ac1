using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>One entry of a log: its bytes as they were made, which are the only ones ever hashed, verified, stored and sent.</summary>
internal sealed class LogEntry
{
    private readonly byte[] _headerBytes;
    private readonly byte[] _payload;

    private LogEntry(EntryHeader header, byte[] headerBytes, byte[] payload)
    {
        Header = header;
        _headerBytes = headerBytes;
        _payload = payload;
        Hash = ComputeHash(headerBytes);
    }

    public EntryHeader Header { get; }

    public Bytes32 Hash { get; }

    /// <summary>The first half of the hash, as dependencies name it.</summary>
    public UInt128 HashPrefix => Hash.High;

    public ReadOnlyMemory<byte> HeaderBytes => _headerBytes;

    public ReadOnlyMemory<byte> Payload => _payload;

    /// <summary>The author's signature; null where a later signed entry covers this one. Only a verified one is ever kept.</summary>
    public ReadOnlyMemory<byte>? Signature { get; private set; }

    /// <summary>What the entry counts towards limits of runs and rooms.</summary>
    public int Size => _headerBytes.Length + _payload.Length;

    /// <summary>Completes a header around its payload and signs it with the room key.</summary>
    public static LogEntry Create(EntryHeader header, ReadOnlySpan<byte> payload, Ed25519PrivateKey roomKey)
    {
        byte[] bytes = new byte[header.Size];
        header.WriteWithoutPayloadFields(bytes);
        var writer = new SpanWriter(bytes.AsSpan(bytes.Length - EntryHeader.PayloadFieldsSize));
        writer.WriteUInt32((uint)payload.Length);
        writer.WriteBytes(SHA256.HashData(payload));
        var entry = new LogEntry(header, bytes, payload.ToArray());
        byte[] signature = new byte[Ed25519.SignatureSize];
        roomKey.Sign(entry.SignedBytes(), signature);
        entry.Signature = signature;
        return entry;
    }

    /// <summary>Reads an entry. False when the header is malformed or does not fit the payload. The signature is not looked at.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> payload, [NotNullWhen(true)] out LogEntry? entry)
    {
        entry = null;
        if (!EntryHeader.TryParse(header.Span, out EntryHeader? parsed, out uint length, out Bytes32 hash)) return false;
        if (payload.Length != length || Bytes32.Read(SHA256.HashData(payload.Span)) != hash) return false;
        entry = new LogEntry(parsed, header.ToArray(), payload.ToArray());
        return true;
    }

    /// <summary>Verifies the author's signature and keeps it. False when it is not the author's.</summary>
    public bool TryAttachSignature(ReadOnlySpan<byte> signature)
    {
        if (!Ed25519.Verify(Header.Log.ToArray(), SignedBytes(), signature)) return false;
        Signature = signature.ToArray();
        return true;
    }

    /// <summary>The row of the store: u16 header length, header, u8 whether signed, signature, payload.</summary>
    public byte[] ToRow()
    {
        byte[] row = new byte[sizeof(ushort) + _headerBytes.Length + 1 + (Signature?.Length ?? 0) + _payload.Length];
        var writer = new SpanWriter(row);
        writer.WriteUInt16((ushort)_headerBytes.Length);
        writer.WriteBytes(_headerBytes);
        writer.WriteByte(Signature is null ? (byte)0 : (byte)1);
        if (Signature is { } signature) writer.WriteBytes(signature.Span);
        writer.WriteBytes(_payload);
        return row;
    }

    /// <summary>Reads a row of the own store, whose signature was verified before it was written.</summary>
    public static bool TryParseRow(ReadOnlyMemory<byte> row, [NotNullWhen(true)] out LogEntry? entry)
    {
        entry = null;
        var reader = new SpanReader(row.Span);
        if (!reader.TryReadUInt16(out ushort length) || !reader.TryReadBytes(length, out _) || !reader.TryReadByte(out byte signed)) return false;
        int at = sizeof(ushort) + length + 1;
        int signatureSize = signed == 1 ? Ed25519.SignatureSize : 0;
        if (signed > 1 || reader.Remaining < signatureSize) return false;
        if (!TryParse(row.Slice(sizeof(ushort), length), row[(at + signatureSize)..], out entry)) return false;
        if (signed == 1) entry.Signature = row.Slice(at, signatureSize).ToArray();
        return true;
    }

    private byte[] SignedBytes() => [.. "BerOfChat/1 entry-sig"u8, .. Hash.ToArray()];

    private static Bytes32 ComputeHash(ReadOnlySpan<byte> header) => Bytes32.Read(SHA256.HashData([.. "BerOfChat/1 entry-hash"u8, .. header]));
}
