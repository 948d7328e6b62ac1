using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Cryptography;

namespace BerOfChat.Sessions.Records;

/// <summary>Seals the records of one lane in one direction. No counter is used twice.</summary>
internal sealed class RecordSealer(byte lane, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv) : IDisposable
{
    private readonly Aes256Gcm _cipher = new(key);
    private readonly byte[] _iv = iv.ToArray();

    /// <summary>The counter of the next record.</summary>
    public uint Counter { get; private set; }

    /// <summary>Whether only one more record may be sealed: the one that says goodbye.</summary>
    public bool IsWornOut => Counter >= RecordFormat.MaxRecords - 1;

    /// <summary>Seals a frame whose body is made of two parts, and returns the record's size.</summary>
    /// <param name="type">The frame's type.</param>
    /// <param name="prefix">The first part of the body.</param>
    /// <param name="rest">The second part of the body; both together at most <see cref="RecordFormat.MaxBodySize"/>.</param>
    /// <param name="destination">Room for <see cref="RecordFormat.MaxSize"/> bytes.</param>
    public int Seal(FrameType type, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> rest, Span<byte> destination)
    {
        if (Counter >= RecordFormat.MaxRecords) throw new InvalidOperationException("The key has sealed as many records as it may.");

        int bodySize = prefix.Length + rest.Length;
        int size = RecordFormat.PaddedSize(bodySize);
        Span<byte> header = destination[..RecordFormat.HeaderSize];
        Span<byte> inner = destination[RecordFormat.HeaderSize..(size - Aes256Gcm.TagSize)];
        RecordFormat.WriteHeader(lane, Counter, header);
        inner[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(inner[1..], (ushort)bodySize);
        prefix.CopyTo(inner[RecordFormat.FrameHeaderSize..]);
        rest.CopyTo(inner[(RecordFormat.FrameHeaderSize + prefix.Length)..]);
        inner[(RecordFormat.FrameHeaderSize + bodySize)..].Clear();

        Span<byte> nonce = stackalloc byte[Aes256Gcm.NonceSize];
        RecordFormat.WriteNonce(_iv, Counter, nonce);
        Counter++;
        _cipher.Seal(nonce, header, inner, destination[RecordFormat.HeaderSize..size]);
        return size;
    }

    /// <summary>Goes on as if so many records had been sealed: for tests of the bound.</summary>
    internal void SkipTo(uint counter) => Counter = Math.Max(Counter, counter);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_iv);
        _cipher.Dispose();
    }
}
