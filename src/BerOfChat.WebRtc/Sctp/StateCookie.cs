using System.Buffers.Binary;
using System.Security.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>What our INIT ACK asks the peer to echo (RFC 9260 section 5.1.3), authenticated by a key that only this association knows.</summary>
internal readonly record struct StateCookie
{
    public const int Size = PayloadSize + HMACSHA256.HashSizeInBytes;
    public const int KeySize = 32;
    private const int PayloadSize = 27;
    private const int ReConfigBit = 1, ForwardTsnBit = 2, InterleavingBit = 4, ZeroChecksumBit = 8;

    public required uint LocalTag { get; init; }

    public required PeerParameters Peer { get; init; }

    public required MonotonicTime Created { get; init; }

    public void Write(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        SpanWriter writer = new(destination);
        writer.WriteUInt32(LocalTag);
        writer.WriteUInt32(Peer.Tag);
        writer.WriteUInt32(Peer.InitialTsn);
        writer.WriteUInt32(Peer.ReceiveWindow);
        writer.WriteUInt16(Peer.InboundStreams);
        writer.WriteByte((byte)((Peer.SupportsReConfig ? ReConfigBit : 0) | (Peer.MayAbandon ? ForwardTsnBit : 0) | (Peer.Interleaves ? InterleavingBit : 0) | (Peer.AcceptsZeroChecksum ? ZeroChecksumBit : 0)));
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
            Peer = new PeerParameters(
                BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
                BinaryPrimitives.ReadUInt32BigEndian(source[8..]),
                BinaryPrimitives.ReadUInt32BigEndian(source[12..]),
                BinaryPrimitives.ReadUInt16BigEndian(source[16..]),
                (source[18] & ReConfigBit) != 0,
                (source[18] & ForwardTsnBit) != 0,
                (source[18] & InterleavingBit) != 0,
                (source[18] & ZeroChecksumBit) != 0),
            Created = new MonotonicTime(TimeSpan.FromTicks((long)BinaryPrimitives.ReadUInt64BigEndian(source[19..]))),
        };
        return true;
    }
}
