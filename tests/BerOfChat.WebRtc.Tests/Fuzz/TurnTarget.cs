using System.Buffers.Binary;
using System.Net;
using BerOfChat.Fuzzing;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Stun;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>A packet from the server's address while a request waits; the first byte says for what. Only a challenge, a redirection or data of a permitted peer may have an effect: nobody here knows the password.</summary>
internal sealed class TurnTarget : FuzzTarget
{
    private const int Stages = 3;
    private static readonly TransportAddress s_peer = TransportAddress.From(IPAddress.Parse("192.0.2.200"), 6000), s_relayed = TransportAddress.From(IPAddress.Parse("198.51.100.1"), 49_152);
    private readonly byte[] _buffer = new byte[TurnClient.MaxControlSize];

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            for (byte stage = 0; stage < Stages; stage++)
            {
                using TurnClient client = Start(stage, out StunTransactionId id, out StunMessageType type);
                yield return [stage, .. Challenge(type, id, 401)];
                yield return [stage, .. Challenge(type, id, 438)];
                yield return [stage, .. Redirection(type, id)];
                yield return [stage, .. Granted(type, id, [])];
                yield return [stage, .. Granted(type, id, "another key"u8)];
                yield return [stage, .. Data(s_peer)];
                yield return [stage, .. Data(s_relayed)];
                yield return [stage, 0x40, 0, 0, 3, 1, 2, 3];
            }
        }
    }

    public override IReadOnlyList<byte[]> Words { get; } = [[0, 0x14, 0, 4], [0, 0x15, 0, 4], [0, 0x12, 0, 8], [0, 0x13, 0, 4], [0, 0x16, 0, 8], [0, 0x0D, 0, 4], [0x80, 0x23, 0, 8], [0x80, 0x03, 0, 4], [0, 9, 0, 4, 0, 0, 4, 38]];

    // A client, its request, and the request that a challenge makes of it.
    public override long MaxAllocation(int inputLength) => 40_000 + (16L * inputLength);

    public override byte[] Repair(byte[] input)
    {
        if (input.Length < 1 + StunMessage.HeaderSize || input[1] >= 0x40) return input;
        int whole = (input.Length - 1) & ~3;
        byte[] repaired = input[..(1 + whole)];
        using (Start((byte)(input[0] % Stages), out StunTransactionId id, out _)) id.CopyTo(repaired.AsSpan(9));
        BinaryPrimitives.WriteUInt16BigEndian(repaired.AsSpan(3), (ushort)(whole - StunMessage.HeaderSize));
        BinaryPrimitives.WriteUInt32BigEndian(repaired.AsSpan(5), StunMessage.MagicCookie);
        if (whole >= StunMessage.HeaderSize + 8 && BinaryPrimitives.ReadUInt16BigEndian(repaired.AsSpan(whole - 7)) == (ushort)StunAttributeType.Fingerprint)
            BinaryPrimitives.WriteUInt32BigEndian(repaired.AsSpan(whole - 3), Crc32.Compute(repaired.AsSpan(1, whole - 8)) ^ StunMessage.FingerprintMask);
        return repaired;
    }

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        byte stage = (byte)(input[0] % Stages);
        using TurnClient client = Start(stage, out _, out _);
        ReadOnlySpan<byte> packet = input[1..];
        MonotonicTime now = MonotonicTime.Zero + TimeSpan.FromSeconds(1);
        bool isData = client.TryHandlePacket(packet, now, out TransportAddress peer, out int offset, out int length);
        if (isData && (stage != 2 || peer with { Port = 0 } != s_peer with { Port = 0 })) throw new InvalidOperationException("Data came from nobody who was permitted.");
        if (isData && (offset < 0 || length < 0 || offset + length > packet.Length)) throw new InvalidOperationException("Data lies outside of its packet.");
        if (stage == 1 && client.State is TurnState.Allocated or TurnState.Idle) throw new InvalidOperationException("An allocation was granted, or moved, by who does not know the password.");

        client.HandleTimeout(now);
        if (client.NextTimeout <= now) throw new InvalidOperationException("A timeout that was handled is due at once.");
        int requests = 0, events = 0;
        while (client.WritePacket(_buffer) > 0) requests++;
        while (client.TryReadEvent(out TurnEvent e)) events = (events * 8) + 1 + (int)e.Kind;
        if (requests > 3) throw new InvalidOperationException("A packet is answered by a flood.");
        return HashCode.Combine(stage, isData, client.State, client.Failure, events, requests, client.Counters.Malformed + (2 * client.Counters.UnexpectedData) + (4 * client.Counters.Unauthenticated) + (8 * client.Counters.UnknownResponses));
    }

    /// <summary>A client that has asked without credentials, with them, or that has an allocation and waits for a permission.</summary>
    private TurnClient Start(byte stage, out StunTransactionId id, out StunMessageType type)
    {
        TurnClient client = new(new TurnClientOptions { Username = "alice", Password = "wonderland" }, new SeededRandomSource(1));
        client.Allocate(MonotonicTime.Zero);
        TakeRequest(client, out id, out type);
        if (stage == 0) return client;
        if (stage == 1)
        {
            client.TryHandlePacket(Challenge(type, id, 401), MonotonicTime.Zero, out _, out _, out _);
        }
        else
        {
            client.TryHandlePacket(Granted(type, id, []), MonotonicTime.Zero, out _, out _, out _);
            while (client.TryReadEvent(out _))
            {
            }

            client.Bind(s_peer, MonotonicTime.Zero);
        }

        TakeRequest(client, out id, out type);
        while (client.WritePacket(_buffer) > 0)
        {
        }

        return client;
    }

    private void TakeRequest(TurnClient client, out StunTransactionId id, out StunMessageType type)
    {
        if (!StunMessage.TryParse(_buffer.AsSpan(0, client.WritePacket(_buffer)), out StunMessage request)) throw new InvalidOperationException("There is no request.");
        (id, type) = (request.TransactionId, request.Type);
    }

    private static byte[] Challenge(StunMessageType type, StunTransactionId id, int code)
    {
        byte[] buffer = new byte[256];
        StunWriter writer = new(buffer, type.Error(), id);
        writer.WriteError(code, "Unauthorized"u8);
        writer.Write(StunAttributeType.Realm, "turn.example.org"u8);
        writer.Write(StunAttributeType.Nonce, "a nonce"u8);
        return buffer[..writer.Finish([])];
    }

    private static byte[] Redirection(StunMessageType type, StunTransactionId id)
    {
        byte[] buffer = new byte[256];
        StunWriter writer = new(buffer, type.Error(), id);
        writer.WriteError(300, "Try Alternate"u8);
        writer.Write(StunAttributeType.AlternateServer, [0, 1, 0x0D, 0x96, 203, 0, 113, 2]);
        writer.Write(StunAttributeType.AlternateDomain, "b.example.org"u8);
        return buffer[..writer.Finish([])];
    }

    private static byte[] Granted(StunMessageType type, StunTransactionId id, ReadOnlySpan<byte> key)
    {
        byte[] buffer = new byte[256];
        StunWriter writer = new(buffer, type.Success(), id);
        XorAddress.Write(ref writer, StunAttributeType.XorRelayedAddress, s_relayed, id);
        XorAddress.Write(ref writer, StunAttributeType.XorMappedAddress, s_peer, id);
        writer.Write(StunAttributeType.Lifetime, 600u);
        return buffer[..writer.Finish(key)];
    }

    private static byte[] Data(TransportAddress peer)
    {
        byte[] buffer = new byte[256];
        StunTransactionId id = StunTransactionId.Read("transaction9"u8);
        StunWriter writer = new(buffer, StunMessageType.DataIndication, id);
        XorAddress.Write(ref writer, StunAttributeType.XorPeerAddress, peer, id);
        writer.Write(StunAttributeType.Data, "data of a peer"u8);
        return buffer[..writer.Finish([])];
    }
}
