using BerOfChat.Primitives;
using BerOfChat.WebRtc.Dtls;

namespace BerOfChat.WebRtc.Tests.Limits;

/// <summary>What somebody at the port can make this side keep before anybody has proven anything.</summary>
public sealed class DtlsLimitTests
{
    [Fact]
    public void What_comes_before_the_handshake_is_kept_up_to_a_limit_and_then_dropped()
    {
        using DtlsEndpoint endpoint = new(new NoHandshake());
        byte[] datagram = new byte[1024];
        for (int i = 0; i < 100; i++) endpoint.HandleDatagram(datagram, MonotonicTime.Zero);
        Assert.Equal(100 - 64, endpoint.Dropped);
    }

    [Fact]
    public void A_record_longer_than_any_may_be_is_none()
    {
        byte[] datagram = new byte[20_000];
        datagram[0] = (byte)DtlsContentType.ApplicationData;
        (datagram[1], datagram[2], datagram[11], datagram[12]) = (0xFE, 0xFD, 0x48, 0x00);
        Assert.True(DtlsRecordHeader.TryRead(datagram, out _, out _));
        datagram[12] = 1;
        Assert.False(DtlsRecordHeader.TryRead(datagram, out _, out _));
    }

    /// <summary>A handshake that never begins.</summary>
    private sealed class NoHandshake : IDtlsHandshake
    {
        public DtlsHandshakeStatus Status => DtlsHandshakeStatus.InProgress;

        public DtlsHandshakeFailure? Failure => null;

        public MonotonicTime? NextTimeout => null;

        public void Start(bool isClient, MonotonicTime now)
        {
        }

        public void HandleDatagram(ReadOnlySpan<byte> datagram, MonotonicTime now)
        {
        }

        public void HandleTimeout(MonotonicTime now)
        {
        }

        public int WriteDatagram(Span<byte> destination) => 0;

        public bool TryTakeKeys(out DtlsKeys? keys)
        {
            keys = null;
            return false;
        }

        public void Refuse(DtlsAlert alert)
        {
        }

        public void Dispose()
        {
        }
    }
}
