using BenchmarkDotNet.Attributes;
using BerOfChat.Cryptography;
using BerOfChat.Logs;
using BerOfChat.Primitives;

namespace BerOfChat.Benchmarks;

/// <summary>An entry of a log with a text of 100 characters: written by its author, parsed, verified and opened by whoever gets it.</summary>
public class EntryBenchmarks : IDisposable
{
    private static readonly string s_text = new('x', 100);

    private readonly Ed25519PrivateKey _roomKey = Ed25519PrivateKey.Generate(CryptographicRandomSource.Instance);
    private readonly byte[] _epochKey = new byte[32];
    private readonly EntryHeader _header;
    private readonly LogEntry _entry;

    public EntryBenchmarks()
    {
        Bytes32 some = Bytes32.Read(Enumerable.Repeat((byte)7, Bytes32.Size).ToArray());
        _header = new EntryHeader
        {
            Room = some,
            Log = Bytes32.Read(_roomKey.PublicKey.Span),
            Sequence = 2,
            Previous = some,
            WallTime = 1_700_000_000_000,
            Dependencies = [new EntryDependency(some, 1, 1)],
            Type = EntryType.Message,
            Epoch = some,
            Salt = 1,
        };
        _entry = Create();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _roomKey.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Seals the text, hashes and signs.</summary>
    [Benchmark]
    public int Write() => Create().Size;

    [Benchmark]
    public int Parse() => LogEntry.TryParse(_entry.HeaderBytes, _entry.Payload, out LogEntry? entry) ? entry.Size : throw new InvalidOperationException("The entry did not parse.");

    [Benchmark]
    public bool VerifySignature() => _entry.TryAttachSignature(_entry.Signature!.Value.Span);

    [Benchmark]
    public bool Open() => EntryCipher.TryOpen(_epochKey, _entry, out byte[] plaintext) && TextPayload.TryDecode(plaintext, 1_000, out _);

    private LogEntry Create() => LogEntry.Create(_header, EntryCipher.Seal(_epochKey, _header, TextPayload.Encode(s_text)), _roomKey);
}
