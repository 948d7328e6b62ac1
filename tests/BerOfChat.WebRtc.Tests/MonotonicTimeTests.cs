using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Tests;

public sealed class MonotonicTimeTests
{
    [Fact]
    public void The_earliest_of_two_deadlines_ignores_an_absent_one()
    {
        MonotonicTime soon = MonotonicTime.Zero + TimeSpan.FromSeconds(1);
        MonotonicTime later = MonotonicTime.Zero + TimeSpan.FromSeconds(2);

        Assert.Equal(soon, MonotonicTime.Earliest(later, soon));
        Assert.Equal(later, MonotonicTime.Earliest(null, later));
        Assert.Null(MonotonicTime.Earliest(null, null));
    }
}
