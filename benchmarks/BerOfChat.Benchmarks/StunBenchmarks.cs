extern alias WebRtc;

using BenchmarkDotNet.Attributes;
using WebRtc::BerOfChat.WebRtc.Stun;

namespace BerOfChat.Benchmarks;

/// <summary>A connectivity check with integrity and fingerprint (RFC 8445 section 7), as each pair exchanges them every few seconds.</summary>
public class StunBenchmarks
{
    private readonly byte[] _message = new byte[256];
    private readonly byte[] _password = "abcdefghijklmnopqrstuvwx"u8.ToArray();
    private readonly int _size;

    public StunBenchmarks() => _size = WriteCheck();

    [Benchmark]
    public int WriteCheck()
    {
        StunWriter writer = new(_message, StunMessageType.BindingRequest, StunTransactionId.Read("0123456789ab"u8));
        writer.Write(StunAttributeType.Username, "peer:self"u8);
        writer.Write(StunAttributeType.Priority, 1_853_824_767u);
        writer.Write(StunAttributeType.IceControlling, 1ul);
        return writer.Finish(_password);
    }

    [Benchmark]
    public bool ParseAndVerifyCheck() => StunMessage.TryParse(_message.AsSpan(0, _size), out StunMessage message) && message.VerifyIntegrity(_password);
}
