using BerOfChat.Primitives;
using BerOfChat.Sessions.Handshake;

namespace BerOfChat.Sessions;

public sealed class HandshakeFailuresTests
{
    [Fact]
    public void After_five_failures_within_a_minute_a_device_waits()
    {
        var failures = new HandshakeFailures();
        MonotonicTime now = MonotonicTime.Zero;
        for (int i = 0; i < HandshakeFailures.Limit; i++)
        {
            Assert.True(failures.IsAllowed(s_device, now));
            failures.Note(s_device, now);
            now += TimeSpan.FromSeconds(10);
        }

        Assert.False(failures.IsAllowed(s_device, now));
        Assert.True(failures.IsAllowed(Bytes32.Zero, now));
        Assert.False(failures.IsAllowed(s_device, MonotonicTime.Zero + TimeSpan.FromSeconds(59.9)));
        Assert.True(failures.IsAllowed(s_device, MonotonicTime.Zero + TimeSpan.FromSeconds(60)));
        failures.Note(s_device, MonotonicTime.Zero + TimeSpan.FromSeconds(61));
        Assert.False(failures.IsAllowed(s_device, MonotonicTime.Zero + TimeSpan.FromSeconds(62)));
        Assert.True(failures.IsAllowed(s_device, MonotonicTime.Zero + TimeSpan.FromMinutes(5)));
    }

    private static readonly Bytes32 s_device = Bytes32.Read([.. Enumerable.Repeat((byte)7, 32)]);
}
