using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>Two whole connections connect, transfer and close in virtual time.</summary>
public sealed class VirtualTimeTests
{
    private static readonly string[] s_labels = ["ordered 0", "ordered 1", "unordered"];

    /// <summary>Loss, repetition, reordering, alteration, delays that jump, silence for seconds, and addresses that change.</summary>
    [Fact]
    public void Two_connections_connect_transfer_and_close_on_any_network_from_every_seed()
    {
        foreach (int seed in Seeds.Take(200, 2_000)) Run(seed);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        CoreWorld first = Run(7), second = Run(7);
        Assert.Equal(first.Now, second.Now);
        Assert.Equal(first.A.States, second.A.States);
    }

    private static CoreWorld Run(int seed)
    {
        Random random = new(seed * 31);
        CoreWorld world = new(seed, LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(300))) { Corruption = random.Next(2) * random.NextDouble() * 0.02 };
        CoreEnd[] ends = [world.A, world.B];

        // The first channel by agreement, one announced from each side.
        Open(world.A, s_labels[0], 0);
        Open(world.B, s_labels[0], 0);
        Open(world.A, s_labels[1], null);
        Open(world.B, s_labels[2], null);
        world.Opened = (end, label) =>
        {
            for (int i = random.Next(4, 20); i > 0; i--) world.Later(TimeSpan.FromMilliseconds(random.Next(8000)), () => Send(end, label, random));
        };
        // One side only: when both are elsewhere at once, none can know where.
        CoreEnd moving = ends[random.Next(2)];
        for (int i = seed % 3; i > 0; i--)
        {
            bool moves = random.Next(2) == 0;
            world.Later(TimeSpan.FromMilliseconds(3000 + random.Next(15_000)), () =>
            {
                if (moves) world.Move(moving);
                else world.Rebind(moving);
            });
        }

        // The way gets another length, or carries nothing for a while.
        for (int i = random.Next(4); i > 0; i--) world.Later(TimeSpan.FromMilliseconds(random.Next(20_000)), () => world.Conditions = world.Conditions with { Delay = random.NextDouble() * TimeSpan.FromMilliseconds(500) });
        if (random.Next(3) == 0) world.Later(TimeSpan.FromMilliseconds(random.Next(20_000)), () => Silence(world, TimeSpan.FromMilliseconds(random.Next(4_000))));

        world.Negotiate();
        if (!world.RunUntil(() => ends.All(e => e.Channels.Count == 3), TimeSpan.FromMinutes(2))) world.Fail("They do not connect.");
        world.RunUntil(() => false, TimeSpan.FromSeconds(20));
        if (ends.Any(e => e.IsOver)) world.Fail("The connection ended by itself.");

        // Orderly, which loses nothing, or at once.
        bool isOrderly = random.Next(3) > 0;
        CoreEnd closing = ends[random.Next(2)];
        if (!isOrderly && !world.RunUntil(() => IsAllDelivered(world.A, world.B) && IsAllDelivered(world.B, world.A), TimeSpan.FromMinutes(5))) world.Fail("Not everything arrives.");
        if (isOrderly) closing.Core.Shutdown(world.Now);
        else world.Close(closing);
        if (!world.RunUntil(() => ends.All(e => e.IsOver), TimeSpan.FromMinutes(5))) world.Fail("They do not end.");
        if (!IsAllDelivered(world.A, world.B) || !IsAllDelivered(world.B, world.A)) world.Fail("Not everything has arrived.");
        if (ends.Any(e => e.Core.Channels.Association.ReceiveWindow < SctpLimits.ReceiveWindow)) world.Fail("Something that was read is still kept.");
        if (!ends.All(e => e.Core.NextTimeout is null)) world.Fail("Something still waits for time to pass.");
        foreach (CoreEnd end in ends)
        {
            WebRtcErrorCode code = end.Ends[0].Code;
            // A farewell may get lost; then consent ends it.
            if (code != WebRtcErrorCode.Closed && (isOrderly || end == closing || code != WebRtcErrorCode.ConsentExpired)) world.Fail($"{end.Name} ended as {code}: {end.Ends[0].Text}");
        }

        return world;
    }

    private static void Silence(CoreWorld world, TimeSpan duration)
    {
        double loss = world.Conditions.Loss;
        world.Conditions = world.Conditions with { Loss = 1 };
        world.Later(duration, () => world.Conditions = world.Conditions with { Loss = loss });
    }

    private static void Open(CoreEnd end, string label, ushort? id) => end.Core.Channels.Open(label, "", CoreInvariants.IsOrdered(label), id);

    private static void Send(CoreEnd end, string label, Random random)
    {
        // The first eight bytes make every message another one.
        byte[] message = [.. BitConverter.GetBytes((long)end.SentOn(label).Count), .. new byte[random.Next(10) == 0 ? random.Next(20_000) : random.Next(300)]];
        random.NextBytes(message.AsSpan(8));
        if (end.Core.Channels.Send(end.Channels[label], DataChannelMessageKind.Binary, message) == DataChannelSendStatus.Accepted) end.NoteSent(label, message);
    }

    private static bool IsAllDelivered(CoreEnd from, CoreEnd to) => s_labels.All(label => to.ReceivedOn(label).Count == from.SentOn(label).Count);
}
