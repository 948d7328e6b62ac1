using BerOfChat.Primitives;
using BerOfChat.Signaling;
using CsCheck;

namespace BerOfChat.Sdk.Tests.Signaling;

public sealed class MeetingRingTests
{
    [Fact]
    public void Up_to_sixteen_others_are_all_waited_for()
    {
        for (byte others = 0; others <= 16; others++)
        {
            Bytes32[] devices = [.. Enumerable.Range(1, others).Select(i => Key(i))];
            Assert.Equal([.. devices], MeetingRing.Neighbours(Key(100), devices));
        }
    }

    [Fact]
    public void Of_more_the_eight_nearest_on_each_side_are()
    {
        Bytes32[] devices = [.. Enumerable.Range(0, 40).Select(Key)];
        HashSet<Bytes32> expected = [.. Enumerable.Range(32, 8).Select(Key), .. Enumerable.Range(1, 8).Select(Key)];
        Assert.Equal(expected, MeetingRing.Neighbours(Key(0), devices.Reverse()));
    }

    [Fact]
    public void Two_devices_with_the_same_view_wait_for_each_other_or_neither_does() =>
        Gen.Int[0, 255].HashSet[1, 60].Sample(numbers =>
        {
            Bytes32[] devices = [.. numbers.Select(Key)];
            Dictionary<Bytes32, HashSet<Bytes32>> rings = devices.ToDictionary(device => device, device => MeetingRing.Neighbours(device, devices));
            foreach ((Bytes32 own, HashSet<Bytes32> neighbours) in rings)
            {
                Assert.DoesNotContain(own, neighbours);
                Assert.Equal(Math.Min(16, devices.Length - 1), neighbours.Count);
                Assert.All(neighbours, neighbour => Assert.Contains(own, rings[neighbour]));
            }
        }, iter: 200);

    private static Bytes32 Key(int number) => Bytes32.Read([.. Enumerable.Repeat((byte)number, 32)]);
}
