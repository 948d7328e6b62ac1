using System.Buffers.Binary;
using BerOfChat.Client;
using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Sessions;
using BerOfChat.Sessions.Handshake;
using BerOfChat.Sessions.Records;

namespace BerOfChat.Limits;

/// <summary>What a peer with an open session can make this side keep.</summary>
public sealed class SessionLimitTests
{
    [Fact]
    public void A_message_in_parts_grows_to_the_limit_and_no_further()
    {
        var assembler = new MessageAssembler();
        byte[] part = new byte[8 + 16_000];
        int size = 0;
        for (ushort index = 0; ; index++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(part.AsSpan(4), index);
            BinaryPrimitives.WriteUInt16BigEndian(part.AsSpan(6), ushort.MaxValue);
            if (!assembler.TryAddPart(part, out _)) break;
            size += 16_000;
        }

        Assert.InRange(size, MessageAssembler.MaxMessageSize - 16_000, MessageAssembler.MaxMessageSize);
    }

    [Fact]
    public void A_record_longer_than_the_limit_does_not_open()
    {
        byte[] key = new byte[32];
        using var sealer = new RecordSealer(1, key, new byte[12]);
        using var opener = new RecordOpener(1, key, new byte[12]);
        byte[] record = new byte[RecordFormat.MaxSize + 1];
        Assert.Equal(RecordFormat.MaxSize, sealer.Seal(FrameType.Data, new byte[RecordFormat.MaxBodySize], [], record));
        Assert.False(opener.TryOpen(record, new byte[RecordFormat.MaxSize], out _, out _));
        Assert.True(opener.TryOpen(record.AsSpan(0, RecordFormat.MaxSize), new byte[RecordFormat.MaxSize], out _, out _));
    }

    [Fact]
    public void A_handshake_message_longer_than_the_limit_is_refused_without_any_work()
    {
        using var handshake = new SessionHandshake(CorePair.Parameters(false, SessionSuite.Pair, CorePair.Bob, null, null), ChannelBinding.DtlsSha256(new byte[32], new byte[32]), DateTimeOffset.UnixEpoch);
        byte[] message = new byte[SessionHandshake.MaxMessageSize + 1];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(handshake.TryRead(message));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(handshake.IsReading);
    }

    [Fact]
    public void A_device_list_with_one_device_too_many_is_malformed()
    {
        Bytes32[] devices = [.. Enumerable.Range(1, DeviceList.MaxDevices + 1).Select(i => Bytes32.Read([(byte)i, .. new byte[31]]))];
        Assert.Equal(DeviceList.MaxSize, DeviceList.Create(Fuzz.FuzzIdentity.AccountKey, 1, devices.AsSpan(1)).Bytes.Length);
        Assert.Throws<InvalidOperationException>(() => DeviceList.Create(Fuzz.FuzzIdentity.AccountKey, 1, devices));
    }

    [Fact]
    public void A_flood_of_pings_is_answered_by_a_few()
    {
        using var pair = new CorePair(SessionSuite.Pair);
        pair.Run();
        byte[] buffer = new byte[RecordFormat.MaxSize];
        for (int i = 0; i < 100; i++)
        {
            pair.Initiator.Ping(pair.Now);
            while (pair.Initiator.TryWrite(buffer, out int written)) pair.Responder.HandleRecord(PeerLane.Control, buffer.AsSpan(0, written), pair.Now);
        }

        int answers = 0;
        while (pair.Responder.TryWrite(buffer, out _)) answers++;
        Assert.Equal(16, answers);
    }

    [Fact]
    public void A_peer_that_does_not_read_loses_its_session_before_much_waits_for_it()
    {
        var channel = new PeerChannel(1, null!);
        byte[] message = new byte[1024 * 1024];
        int accepted = 0;
        while (channel.TrySend(PeerLane.Sync, message)) accepted++;
        Assert.Equal(8, accepted);
    }
}
