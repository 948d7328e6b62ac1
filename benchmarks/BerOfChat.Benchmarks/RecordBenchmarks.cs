using BenchmarkDotNet.Attributes;
using BerOfChat.Sessions.Records;

namespace BerOfChat.Benchmarks;

/// <summary>One record of a session, sealed and opened: the work that every message costs, without a link.</summary>
[MemoryDiagnoser]
public sealed class RecordBenchmarks : IDisposable
{
    private readonly byte[] _record = new byte[RecordFormat.MaxSize];
    private readonly byte[] _plaintext = new byte[RecordFormat.MaxSize];
    private byte[] _body = [];
    private RecordSealer? _sealer;
    private RecordOpener? _opener;

    /// <summary>Bytes of the message.</summary>
    [Params(64, 1_024, 16_000)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup() => _body = new byte[Size];

    [IterationSetup]
    public void Renew()
    {
        // Keys wear out after 2^24 records, which a long run would reach.
        Dispose();
        _sealer = new RecordSealer(2, new byte[32], new byte[12]);
        _opener = new RecordOpener(2, new byte[32], new byte[12]);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _sealer?.Dispose();
        _opener?.Dispose();
    }

    /// <summary>Seals and opens 1,000 records.</summary>
    [Benchmark(OperationsPerInvoke = 1_000)]
    public int SealAndOpen()
    {
        int opened = 0;
        for (int i = 0; i < 1_000; i++)
        {
            int size = _sealer!.Seal(FrameType.Data, [], _body, _record);
            if (_opener!.TryOpen(_record.AsSpan(0, size), _plaintext, out _, out ReadOnlySpan<byte> body)) opened += body.Length;
        }

        return opened;
    }
}
