using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>Seals and opens the records of epoch 1 with AES-GCM (RFC 5288, RFC 6347). Allocates nothing per record.</summary>
internal sealed class DtlsRecordLayer : IDisposable
{
    public const int Overhead = PayloadOffset + TagSize;

    /// <summary>Where in a record its payload lies.</summary>
    public const int PayloadOffset = DtlsRecordHeader.Size + ExplicitNonceSize;

    /// <summary>What a record carries at most (RFC 5246 section 6.2.1).</summary>
    public const int MaxPlaintext = 16_384;

    private const int ImplicitNonceSize = 4;
    private const int ExplicitNonceSize = 8;
    private const int TagSize = RecordCipher.TagSize;
    private const int AssociatedDataSize = 13;
    private const ulong Epoch = 1UL << 48;
    private const ulong MaxSequence = (1UL << 48) - 1;

    private readonly RecordCipher _seal;
    private readonly RecordCipher _open;
    private readonly byte[] _sealNonce = new byte[RecordCipher.NonceSize];
    private readonly byte[] _openNonce = new byte[RecordCipher.NonceSize];
    private readonly byte[] _associatedData = new byte[AssociatedDataSize];
    private readonly ReplayWindow _window = new();
    private ulong _nextSequence;

    public DtlsRecordLayer(DtlsKeys keys)
    {
        _seal = RecordCipher.Create(keys.WriteKey);
        _open = RecordCipher.Create(keys.ReadKey);
        keys.WriteIv.CopyTo(_sealNonce, 0);
        keys.ReadIv.CopyTo(_openNonce, 0);
        _nextSequence = keys.NextWriteSequence;
    }

    /// <summary>Records dropped: replayed, too old, or not authentic.</summary>
    public long Dropped { get; private set; }

    /// <summary>The sequence number of the next record.</summary>
    public ulong NextWriteSequence => _nextSequence;

    /// <summary>Writes one record; returns its length. The plaintext may lie at <see cref="PayloadOffset"/> of the destination already.</summary>
    /// <exception cref="InvalidOperationException">All sequence numbers are used up.</exception>
    public int Seal(DtlsContentType type, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        if (_nextSequence > MaxSequence) throw new InvalidOperationException("The connection has sent as many records as it may.");
        ulong epochAndSequence = Epoch | _nextSequence++;
        destination[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[1..], 0xFEFD);
        BinaryPrimitives.WriteUInt64BigEndian(destination[3..], epochAndSequence);
        BinaryPrimitives.WriteUInt16BigEndian(destination[11..], (ushort)(ExplicitNonceSize + plaintext.Length + TagSize));

        Span<byte> body = destination.Slice(DtlsRecordHeader.Size, ExplicitNonceSize + plaintext.Length + TagSize);
        BinaryPrimitives.WriteUInt64BigEndian(body, epochAndSequence);
        body[..ExplicitNonceSize].CopyTo(_sealNonce.AsSpan(ImplicitNonceSize));
        WriteAssociatedData(type, epochAndSequence, plaintext.Length);
        _seal.Seal(_sealNonce, _associatedData, plaintext, body[ExplicitNonceSize..]);
        return DtlsRecordHeader.Size + body.Length;
    }

    /// <summary>Opens one record of epoch 1; false when it is to be dropped.</summary>
    public bool TryOpen(DtlsRecordHeader header, ReadOnlySpan<byte> record, Span<byte> destination, out int length)
    {
        length = header.Length - ExplicitNonceSize - TagSize;
        if (length < 0 || length > MaxPlaintext || length > destination.Length || header.Epoch != 1 || record[2] != 0xFD || !_window.IsFresh(header.Sequence))
        {
            Dropped++;
            return false;
        }

        ReadOnlySpan<byte> body = record[DtlsRecordHeader.Size..];
        body[..ExplicitNonceSize].CopyTo(_openNonce.AsSpan(ImplicitNonceSize));
        WriteAssociatedData(header.Type, Epoch | header.Sequence, length);
        if (!_open.TryOpen(_openNonce, _associatedData, body[ExplicitNonceSize..], destination[..length]))
        {
            Dropped++;
            return false;
        }

        _window.Add(header.Sequence);
        return true;
    }

    public void Dispose()
    {
        _seal.Dispose();
        _open.Dispose();
        CryptographicOperations.ZeroMemory(_sealNonce);
        CryptographicOperations.ZeroMemory(_openNonce);
    }

    private void WriteAssociatedData(DtlsContentType type, ulong epochAndSequence, int length)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_associatedData, epochAndSequence);
        _associatedData[8] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(_associatedData.AsSpan(9), 0xFEFD);
        BinaryPrimitives.WriteUInt16BigEndian(_associatedData.AsSpan(11), (ushort)length);
    }
}
