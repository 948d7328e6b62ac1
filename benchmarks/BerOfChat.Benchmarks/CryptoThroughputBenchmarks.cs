using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using BerOfChat.Sessions.Records;
using NSec.Cryptography;

namespace BerOfChat.Benchmarks;

/// <summary>Records of a session beside the bare AES-256-GCM of NSec and of the framework: what the record costs above its cipher.</summary>
/// <remarks>A record pads its body to a power of two of at least 256 bytes, and that is part of what it costs; the bare ciphers seal the body alone.</remarks>
public class CryptoThroughputBenchmarks : IDisposable
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key = new byte[32];
    private readonly byte[] _nonce = new byte[NonceSize];
    private readonly byte[] _header = new byte[RecordFormat.HeaderSize];
    private readonly byte[] _record = new byte[RecordFormat.MaxSize];
    private readonly byte[] _opened = new byte[RecordFormat.MaxSize];
    private readonly byte[] _tag = new byte[TagSize];
    private byte[] _body = [];
    private byte[] _sealed = [];
    private byte[] _frameworkSealed = [];
    private RecordSealer _sealer = null!;
    private RecordOpener _opener = null!;
    private RecordSealer _aloneSealer = null!;
    private Key _nsecKey = null!;
    private AesGcm _framework = null!;

    /// <summary>Bytes of the body. 16 KiB stands for the largest record, whose body is 27 bytes shorter.</summary>
    [Params(64, 1_024, 16_384)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _body = new byte[Math.Min(Size, RecordFormat.MaxBodySize)];
        _sealed = new byte[_body.Length + TagSize];
        _frameworkSealed = new byte[_body.Length];
        _nsecKey = Key.Import(AeadAlgorithm.Aes256Gcm, _key, KeyBlobFormat.RawSymmetricKey);
        _framework = new AesGcm(_key, TagSize);
        AeadAlgorithm.Aes256Gcm.Encrypt(_nsecKey, _nonce, _header, _body, _sealed);
        _framework.Encrypt(_nonce, _body, _frameworkSealed, _tag, _header);

        Renew();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _sealer?.Dispose();
        _opener?.Dispose();
        _aloneSealer?.Dispose();
        _nsecKey?.Dispose();
        _framework?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int SealRecord() => _aloneSealer.IsWornOut ? RenewAlone() : _aloneSealer.Seal(FrameType.Data, [], _body, _record);

    [Benchmark(Baseline = true)]
    public void SealNSec() => AeadAlgorithm.Aes256Gcm.Encrypt(_nsecKey, _nonce, _header, _body, _sealed);

    [Benchmark]
    public void SealFramework() => _framework.Encrypt(_nonce, _body, _frameworkSealed, _tag, _header);

    /// <summary>A record opens once and in order, so it is sealed first; take <see cref="SealRecord"/> off to get the opening.</summary>
    [Benchmark]
    public int SealAndOpenRecord()
    {
        if (_sealer.IsWornOut) Renew();
        int size = _sealer.Seal(FrameType.Data, [], _body, _record);
        return _opener.TryOpen(_record.AsSpan(0, size), _opened, out _, out ReadOnlySpan<byte> body) ? body.Length : throw new InvalidOperationException("The record did not open.");
    }

    [Benchmark]
    public bool OpenNSec() => AeadAlgorithm.Aes256Gcm.Decrypt(_nsecKey, _nonce, _header, _sealed, _opened.AsSpan(0, _body.Length));

    [Benchmark]
    public void OpenFramework() => _framework.Decrypt(_nonce, _frameworkSealed, _tag, _opened.AsSpan(0, _body.Length), _header);

    // A key wears out after 2^24 records.
    private void Renew()
    {
        _sealer?.Dispose();
        _opener?.Dispose();
        _sealer = new RecordSealer(2, _key, _nonce);
        _opener = new RecordOpener(2, _key, _nonce);
        RenewAlone();
    }

    private int RenewAlone()
    {
        _aloneSealer?.Dispose();
        _aloneSealer = new RecordSealer(2, _key, _nonce);
        return 0;
    }
}
