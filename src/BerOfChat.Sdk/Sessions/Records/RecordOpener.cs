using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Cryptography;

namespace BerOfChat.Sessions.Records;

/// <summary>Opens the records of one lane in one direction, each exactly once and in order.</summary>
internal sealed class RecordOpener(byte lane, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv) : IDisposable
{
    private readonly Aes256Gcm _cipher = new(key);
    private readonly byte[] _iv = iv.ToArray();

    /// <summary>The counter that the next record must have.</summary>
    public uint Counter { get; private set; }

    /// <summary>Opens a record. False when any byte of it is not as it must be: another counter, lane or key, or no proper frame.</summary>
    /// <param name="record">The record as received.</param>
    /// <param name="plaintext">Room for <see cref="RecordFormat.MaxSize"/> bytes; the body lies in it.</param>
    /// <param name="type">The frame's type, which may be unknown.</param>
    /// <param name="body">The frame's body.</param>
    public bool TryOpen(ReadOnlySpan<byte> record, Span<byte> plaintext, out FrameType type, out ReadOnlySpan<byte> body)
    {
        type = default;
        body = default;
        if (record.Length is < RecordFormat.MinSize or > RecordFormat.MaxSize || Counter >= RecordFormat.MaxRecords) return false;

        Span<byte> header = stackalloc byte[RecordFormat.HeaderSize];
        RecordFormat.WriteHeader(lane, Counter, header);
        if (!record.StartsWith(header)) return false;

        Span<byte> nonce = stackalloc byte[Aes256Gcm.NonceSize];
        RecordFormat.WriteNonce(_iv, Counter, nonce);
        Span<byte> inner = plaintext[..(record.Length - RecordFormat.HeaderSize - Aes256Gcm.TagSize)];
        if (!_cipher.TryOpen(nonce, header, record[RecordFormat.HeaderSize..], inner)) return false;

        Counter++;
        int bodySize = BinaryPrimitives.ReadUInt16BigEndian(inner[1..]);
        if (bodySize > inner.Length - RecordFormat.FrameHeaderSize) return false;
        type = (FrameType)inner[0];
        body = inner.Slice(RecordFormat.FrameHeaderSize, bodySize);
        return true;
    }

    /// <summary>Goes on as if so many records had been opened: for tests of the bound.</summary>
    internal void SkipTo(uint counter) => Counter = Math.Max(Counter, counter);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_iv);
        _cipher.Dispose();
    }
}
