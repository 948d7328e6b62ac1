using BerOfChat.Primitives;
using BerOfChat.WebRtc.Dtls;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>A handshake that keeps a copy of the keys, so that a test can seal records of its own.</summary>
internal sealed class KeyTap(IDtlsHandshake inner) : IDtlsHandshake
{
    /// <summary>Records of the copy follow behind all that the connection itself has sealed by then, so nothing that it seals later is believed.</summary>
    private const ulong FirstSequence = 1UL << 32;

    public DtlsKeys? Keys { get; private set; }

    public DtlsHandshakeStatus Status => inner.Status;

    public DtlsHandshakeFailure? Failure => inner.Failure;

    public MonotonicTime? NextTimeout => inner.NextTimeout;

    public void Start(bool isClient, MonotonicTime now) => inner.Start(isClient, now);

    public void HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now) => inner.HandleDatagram(datagram, now);

    public void HandleTimeout(MonotonicTime now) => inner.HandleTimeout(now);

    public int WriteDatagram(Span<byte> destination) => inner.WriteDatagram(destination);

    public bool TryTakeKeys(out DtlsKeys? keys)
    {
        if (!inner.TryTakeKeys(out keys)) return false;
        Keys = new DtlsKeys
        {
            CipherSuite = keys!.CipherSuite,
            WriteKey = [.. keys.WriteKey],
            WriteIv = [.. keys.WriteIv],
            ReadKey = [.. keys.ReadKey],
            ReadIv = [.. keys.ReadIv],
            RemoteCertificateSha256 = [.. keys.RemoteCertificateSha256],
            NextWriteSequence = FirstSequence,
            LastFlight = [],
        };
        return true;
    }

    public void Refuse(DtlsAlert alert) => inner.Refuse(alert);

    public void Dispose() => inner.Dispose();
}
