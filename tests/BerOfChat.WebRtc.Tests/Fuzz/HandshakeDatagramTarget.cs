using System.Buffers.Binary;
using BerOfChat.Fuzzing;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>Datagrams that come to a server that waits for a hello, or a client that has said one; the first byte says to which.</summary>
internal sealed class HandshakeDatagramTarget : FuzzTarget
{
    private static readonly DtlsCertificate s_certificate = DtlsCertificate.Create(new SeededRandomSource(1), DateTimeOffset.UnixEpoch);
    private readonly byte[] _buffer = new byte[HandshakeLimits.MaxDatagramSize];

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            foreach (int size in (int[])[HandshakeLimits.MaxDatagramSize, 120])
            {
                using DtlsHandshake client = new(s_certificate, new SeededRandomSource(2)) { MaxDatagramSize = size };
                using DtlsHandshake server = new(s_certificate, new SeededRandomSource(3)) { MaxDatagramSize = size };
                client.Start(true, MonotonicTime.Zero);
                server.Start(false, MonotonicTime.Zero);
                foreach (byte[] hello in Take(client))
                {
                    yield return [0, .. hello];
                    server.HandleDatagram(hello, MonotonicTime.Zero);
                }

                foreach (byte[] answer in Take(server)) yield return [1, .. answer];
            }

            // A cookie, and an alert.
            yield return [1, .. Record(DtlsContentType.Handshake, [(byte)HandshakeType.HelloVerifyRequest, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 5, 0xFE, 0xFF, 2, 1, 2])];
            yield return [0, .. Record(DtlsContentType.Alert, [2, 40])];
        }
    }

    public override IReadOnlyList<byte[]> Words => [[20, 0xFE, 0xFD], [21, 0xFE, 0xFD], [22, 0xFE, 0xFD, 0, 0], [22, 0xFE, 0xFD, 0, 1], [0, 0, 0, 0, 0, 0], [0, 0x40, 0]];

    // Eight messages of the greatest length may be begun, each by one small piece; and a whole flight may be answered.
    public override long MaxAllocation(int inputLength) => (2L * HandshakeLimits.MaxAhead * (HandshakeLimits.MaxMessageSize + 64)) + 120_000 + (64L * inputLength);

    public override byte[] Repair(byte[] input)
    {
        // The first record, and the first piece in it, reach to the end.
        const int Header = 1 + DtlsRecordHeader.Size;
        if (input.Length < Header) return input;
        byte[] repaired = [.. input];
        BinaryPrimitives.WriteUInt16BigEndian(repaired.AsSpan(Header - 2), (ushort)(input.Length - Header));
        int body = input.Length - Header - HandshakeFragment.HeaderSize;
        if (body >= 0) BinaryPrimitives.WriteUInt16BigEndian(repaired.AsSpan(Header + 10), (ushort)body);
        return repaired;
    }

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        bool isClient = input[0] % 2 == 1;
        using DtlsHandshake handshake = new(s_certificate, new SeededRandomSource(2));
        handshake.Start(isClient, MonotonicTime.Zero);
        for (int i = 0; i < 2; i++) handshake.HandleDatagram(input[1..], MonotonicTime.Zero + TimeSpan.FromMilliseconds(100 * i));
        int datagrams = Take(handshake).Count;
        if (handshake.Status == DtlsHandshakeStatus.Completed) throw new InvalidOperationException("A handshake was completed by one side alone.");
        if (datagrams > 2) throw new InvalidOperationException("A datagram is answered by a flood.");
        int alert = handshake.Failure is { } failure ? 1 + (byte)failure.Alert : 0;
        return (isClient ? 1 << 20 : 0) + (alert << 8) + ((int)Math.Min(handshake.Dropped, 7) << 4) + datagrams;
    }

    private List<byte[]> Take(DtlsHandshake handshake)
    {
        List<byte[]> datagrams = [];
        while (handshake.WriteDatagram(_buffer) is > 0 and int length) datagrams.Add(_buffer[..length]);
        return datagrams;
    }

    private static byte[] Record(DtlsContentType type, byte[] content)
    {
        byte[] record = new byte[DtlsRecordHeader.Size + content.Length];
        (record[0], record[1], record[2], record[12]) = ((byte)type, 0xFE, 0xFD, (byte)content.Length);
        content.CopyTo(record, DtlsRecordHeader.Size);
        return record;
    }
}
