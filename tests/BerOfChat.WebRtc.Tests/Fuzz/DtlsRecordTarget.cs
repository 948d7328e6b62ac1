using BerOfChat.Fuzzing;
using BerOfChat.WebRtc.Dtls;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>A datagram of DTLS records: each lies inside the datagram, and only what was sealed opens, once.</summary>
internal sealed class DtlsRecordTarget : FuzzTarget
{
    private const int Sealed = 4;
    private readonly byte[][] _seeds = new byte[Sealed + 1][];
    private readonly byte[] _plaintext = new byte[DtlsRecordLayer.MaxPlaintext];

    public DtlsRecordTarget()
    {
        using DtlsRecordLayer sealer = Create();
        byte[] buffer = new byte[512];
        for (int i = 0; i < Sealed; i++) _seeds[i] = buffer[..sealer.Seal(i == 3 ? DtlsContentType.Alert : DtlsContentType.ApplicationData, new byte[i * 60], buffer)];
        _seeds[Sealed] = [.. _seeds[1], .. _seeds[2], .. new byte[] { 22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 7, 0, 3, 1, 2, 3 }];
    }

    public override IEnumerable<byte[]> Seeds => _seeds;

    public override IReadOnlyList<byte[]> Words { get; } = [[0xFE, 0xFD], [0, 1, 0, 0, 0, 0, 0, 0], [0x48, 0], [0x47, 0xFF], [20], [21], [22], [23]];

    public override int Run(ReadOnlySpan<byte> input)
    {
        using DtlsRecordLayer opener = Create();
        int records = 0, opened = 0;
        while (DtlsRecordHeader.TryRead(input, out DtlsRecordHeader header, out ReadOnlySpan<byte> record))
        {
            records++;
            if (record.Length != DtlsRecordHeader.Size + header.Length || !input.StartsWith(record)) throw new InvalidOperationException("A record is not what stands in the datagram.");
            if (opener.TryOpen(header, record, _plaintext, out _))
            {
                opened++;
                if (!IsOurs(record)) throw new InvalidOperationException("A record opened that nobody sealed.");
                if (opener.TryOpen(header, record, _plaintext, out _)) throw new InvalidOperationException("A record opened twice.");
            }

            input = input[record.Length..];
        }

        return (Math.Min(records, 8) << 4) | Math.Min(opened, 8);
    }

    private bool IsOurs(ReadOnlySpan<byte> record)
    {
        for (int i = 0; i < Sealed; i++)
        {
            if (record.SequenceEqual(_seeds[i])) return true;
        }

        return false;
    }

    private static DtlsRecordLayer Create()
    {
        using DtlsKeys keys = new()
        {
            CipherSuite = "", WriteKey = [.. Enumerable.Repeat((byte)1, 32)], WriteIv = new byte[4], ReadKey = [.. Enumerable.Repeat((byte)1, 32)], ReadIv = new byte[4],
            RemoteCertificateSha256 = [], NextWriteSequence = 0, LastFlight = [],
        };
        return new DtlsRecordLayer(keys);
    }
}
