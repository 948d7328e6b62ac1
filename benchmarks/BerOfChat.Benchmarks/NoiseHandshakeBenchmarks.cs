using BenchmarkDotNet.Attributes;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.Sessions.Noise;

namespace BerOfChat.Benchmarks;

/// <summary>The handshake of a session, both sides: three messages, six agreements, new ephemeral keys, and the split.</summary>
public class NoiseHandshakeBenchmarks : IDisposable
{
    private readonly X25519PrivateKey _initiator = X25519PrivateKey.Generate(CryptographicRandomSource.Instance);
    private readonly X25519PrivateKey _responder = X25519PrivateKey.Generate(CryptographicRandomSource.Instance);
    private readonly byte[] _message = new byte[1_024];
    private readonly byte[] _payload = new byte[1_024];
    private readonly byte[] _psk = new byte[32];

    [GlobalCleanup]
    public void Dispose()
    {
        _initiator.Dispose();
        _responder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public byte HandshakeXX() => Run(NoisePattern.XX, []);

    [Benchmark]
    public byte HandshakeXXpsk0() => Run(NoisePattern.XXpsk0, [_psk]);

    private byte Run(NoisePattern pattern, IReadOnlyList<ReadOnlyMemory<byte>> psks)
    {
        using HandshakeState initiator = new(pattern, isInitiator: true, "prologue"u8, _initiator, [], psks, CryptographicRandomSource.Instance);
        using HandshakeState responder = new(pattern, isInitiator: false, "prologue"u8, _responder, [], psks, CryptographicRandomSource.Instance);
        while (!initiator.IsComplete)
        {
            Pass(initiator, responder);
            if (!initiator.IsComplete) Pass(responder, initiator);
        }

        Span<byte> keys = stackalloc byte[64];
        initiator.Split(keys[..32], keys[32..]);
        return keys[0];
    }

    private void Pass(HandshakeState from, HandshakeState to)
    {
        if (!from.TryWriteMessage([], _message, out int written) || !to.TryReadMessage(_message.AsSpan(0, written), _payload, out _))
            throw new InvalidOperationException("The handshake failed.");
    }
}
