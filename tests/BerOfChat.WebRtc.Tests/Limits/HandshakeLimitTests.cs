using System.Buffers.Binary;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Limits;

/// <summary>What somebody who has proven only an address can make a handshake keep.</summary>
public sealed class HandshakeLimitTests
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 255).Select(i => (byte)i)];

    [Fact]
    public void A_handshake_message_longer_than_the_limit_is_dropped_with_its_first_piece()
    {
        using DtlsCertificate certificate = DtlsCertificate.Create(new SeededRandomSource(1), DateTimeOffset.UnixEpoch);
        using DtlsHandshake server = new(certificate, new SeededRandomSource(1));
        server.Start(false, MonotonicTime.Zero);
        server.HandleDatagram(Record(Fragment(0, HandshakeLimits.MaxMessageSize, 0, s_content)), MonotonicTime.Zero);
        Assert.Equal(0, server.Dropped);
        server.HandleDatagram(Record(Fragment(1, HandshakeLimits.MaxMessageSize + 1, 0, s_content)), MonotonicTime.Zero);
        Assert.Equal(1, server.Dropped);
        server.HandleDatagram(Record(Fragment(1, 0xFF_FFFF, 0, s_content)), MonotonicTime.Zero);
        Assert.Equal(2, server.Dropped);
        Assert.Equal(DtlsHandshakeStatus.InProgress, server.Status);
    }

    [Fact]
    public void A_piece_that_reaches_beyond_its_message_or_its_record_is_malformed()
    {
        Assert.True(Reads(Fragment(0, 300, 45, s_content)));
        Assert.False(Reads(Fragment(0, 300, 46, s_content)));
        Assert.False(Reads(Fragment(0, 300, 0xFF_FFFF, s_content)));
        Assert.False(Reads(Fragment(0, 300, 0, s_content)[..^1]));
        Assert.False(Reads(Fragment(0, 300, 0, [])));
        Assert.True(Reads(Fragment(0, 0, 0, [])));
    }

    [Fact]
    public void A_message_too_far_ahead_is_dropped()
    {
        HandshakeReassembler reassembler = new();
        Assert.True(Adds(reassembler, Fragment(HandshakeLimits.MaxAhead - 1, s_content.Length, 0, s_content)));
        Assert.False(Adds(reassembler, Fragment(HandshakeLimits.MaxAhead, s_content.Length, 0, s_content)));
        Assert.Null(reassembler.TryTake());
        Assert.True(Adds(reassembler, Fragment(0, s_content.Length, 0, s_content)));
        Assert.NotNull(reassembler.TryTake());
        Assert.True(Adds(reassembler, Fragment(HandshakeLimits.MaxAhead, s_content.Length, 0, s_content)));
        Assert.False(Adds(reassembler, Fragment(0, s_content.Length, 0, s_content)));
    }

    [Fact]
    public void Pieces_in_any_order_twice_and_overlapping_make_the_message_and_contrary_ones_change_nothing()
    {
        foreach (int seed in Seeds.Take(200))
        {
            Random random = new(seed);
            byte[] content = new byte[random.Next(1, 2000)];
            random.NextBytes(content);
            HandshakeReassembler reassembler = new();
            byte[]? message = null;
            for (int i = 0; message is null; i++)
            {
                Assert.True(i < 100_000, $"seed {seed}");
                int offset = random.Next(content.Length), size = random.Next(1, Math.Min(content.Length - offset, 200) + 1);
                Adds(reassembler, Fragment(0, content.Length, offset, content.AsSpan(offset, size)));
                // Another type and another length, once it is known what the message has.
                Assert.False(Adds(reassembler, Fragment(0, content.Length + 1, offset, content.AsSpan(offset, size))));
                Assert.False(Adds(reassembler, Fragment(0, content.Length, offset, content.AsSpan(offset, size), HandshakeType.Certificate)));
                message = reassembler.TryTake();
            }

            Assert.Equal(content, message[HandshakeFragment.HeaderSize..]);
        }
    }

    [Fact]
    public void Sealed_records_that_come_too_early_are_kept_up_to_a_number_and_a_size()
    {
        using DtlsCertificate certificate = DtlsCertificate.Create(new SeededRandomSource(1), DateTimeOffset.UnixEpoch);
        using DtlsHandshake server = new(certificate, new SeededRandomSource(1));
        server.Start(false, MonotonicTime.Zero);
        server.HandleDatagram(Record(new byte[HandshakeLimits.MaxEarlyRecordSize - DtlsRecordHeader.Size + 1], epoch: 1), MonotonicTime.Zero);
        Assert.Equal(1, server.Dropped);
        for (int i = 0; i < HandshakeLimits.MaxEarlyRecords; i++) server.HandleDatagram(Record(new byte[HandshakeLimits.MaxEarlyRecordSize - DtlsRecordHeader.Size], epoch: 1), MonotonicTime.Zero);
        Assert.Equal(1, server.Dropped);
        server.HandleDatagram(Record(new byte[50], epoch: 1), MonotonicTime.Zero);
        Assert.Equal(2, server.Dropped);
    }

    [Fact]
    public void One_extension_too_many_is_malformed()
    {
        Assert.True(Reads(HandshakeLimits.MaxExtensions));
        Assert.False(Reads(HandshakeLimits.MaxExtensions + 1));

        static bool Reads(int count)
        {
            TlsWriter writer = new();
            int begin = writer.BeginVector(2);
            for (int i = 0; i < count; i++) HelloExtensions.Write(writer, (ushort)(1000 + i), []);
            writer.EndVector(begin, 2);
            SpanReader reader = new(writer.Written);
            return HelloExtensions.TryRead(ref reader, out _);
        }
    }

    private static bool Reads(byte[] bytes)
    {
        ReadOnlySpan<byte> rest = bytes;
        return HandshakeFragment.TryRead(ref rest, out _);
    }

    private static bool Adds(HandshakeReassembler reassembler, byte[] bytes)
    {
        ReadOnlySpan<byte> rest = bytes;
        Assert.True(HandshakeFragment.TryRead(ref rest, out HandshakeFragment fragment));
        return reassembler.TryAdd(fragment);
    }

    private static byte[] Fragment(int sequence, int length, int offset, ReadOnlySpan<byte> content, HandshakeType type = HandshakeType.ClientHello)
    {
        byte[] fragment = new byte[HandshakeFragment.HeaderSize + content.Length];
        HandshakeFragment.WriteHeader(fragment, type, (ushort)sequence, length, offset, content.Length);
        content.CopyTo(fragment.AsSpan(HandshakeFragment.HeaderSize));
        return fragment;
    }

    private static byte[] Record(byte[] content, byte epoch = 0)
    {
        byte[] record = new byte[DtlsRecordHeader.Size + content.Length];
        (record[0], record[1], record[2], record[4]) = ((byte)DtlsContentType.Handshake, 0xFE, 0xFD, epoch);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(11), (ushort)content.Length);
        content.CopyTo(record, DtlsRecordHeader.Size);
        return record;
    }
}
