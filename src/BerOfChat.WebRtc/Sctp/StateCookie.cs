using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>What our INIT ACK asks the peer to echo (RFC 9260 section 5.1.3), authenticated by a key that only this association knows.</summary>
internal readonly record struct StateCookie
{
    public const int Size = PayloadSize + HMACSHA256.HashSizeInBytes;
    public const int KeySize = 32;
    private const int PayloadSize = 26;

    public required uint LocalTag { get; init; }

    public required uint PeerTag { get; init; }

    public required uint PeerInitialTsn { get; init; }

    public required uint PeerReceiveWindow { get; init; }

    public required bool PeerSupportsForwardTsn { get; init; }

    public required bool PeerSupportsReConfig { get; init; }

    public required MonotonicTime Created { get; init; }

    public void Write(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        SpanWriter writer = new(destination);
        writer.WriteUInt32(LocalTag);
        writer.WriteUInt32(PeerTag);
        writer.WriteUInt32(PeerInitialTsn);
        writer.WriteUInt32(PeerReceiveWindow);
        writer.WriteByte(PeerSupportsForwardTsn ? (byte)1 : (byte)0);
        writer.WriteByte(PeerSupportsReConfig ? (byte)1 : (byte)0);
        writer.WriteUInt64((ulong)Created.SinceStart.Ticks);
        HMACSHA256.HashData(key, destination[..PayloadSize], destination[PayloadSize..Size]);
    }

    public static bool TryParse(ReadOnlySpan<byte> key, ReadOnlySpan<byte> source, out StateCookie cookie)
    {
        cookie = default;
        if (source.Length != Size) return false;
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, source[..PayloadSize], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, source[PayloadSize..])) return false;

        cookie = new StateCookie
        {
            LocalTag = BinaryPrimitives.ReadUInt32BigEndian(source),
            PeerTag = BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
            PeerInitialTsn = BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
            PeerReceiveWindow = BinaryPrimitives.ReadUInt32BigEndian(source[12..]),
            PeerSupportsForwardTsn = source[16] != 0,
            PeerSupportsReConfig = source[17] != 0,
            Created = new MonotonicTime(TimeSpan.FromTicks((long)BinaryPrimitives.ReadUInt64BigEndian(source[18..]))),
        };
        return true;
    }
}
