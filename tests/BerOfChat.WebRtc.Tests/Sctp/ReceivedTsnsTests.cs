using System.Buffers.Binary;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>What has arrived and how it is reported (RFC 9260 section 3.3.4), checked against a plain set of numbers.</summary>
public sealed class ReceivedTsnsTests
{
    [Fact]
    public void Whatever_arrives_or_is_given_up_in_whatever_order_is_known_and_reported_like_a_set_does_from_every_seed()
    {
        foreach (int seed in Seeds.Take(400))
        {
            Random random = new(seed);
            // Around the turn of the number, and anywhere.
            uint first = random.Next(2) == 0 ? unchecked((uint)-random.Next(200)) : (uint)random.NextInt64(1L << 32);
            ReceivedTsns tsns = new(first);
            Model model = new(tsns.Cumulative);
            for (int i = 0; i < 200; i++)
            {
                long tsn = model.Cumulative + 1 + random.Next(random.Next(2) == 0 ? 4 : 60);
                if (random.Next(12) == 0)
                {
                    tsns.AdvanceTo(tsn);
                    model.AdvanceTo(tsn);
                }
                else
                {
                    Assert.Equal(model.Contains(tsn), tsns.Contains(tsn));
                    Assert.Equal(tsn, tsns.Unwrap(TsnUnwrapper.Wrap(tsn)));
                    if (tsns.Contains(tsn)) continue;
                    Assert.True(tsns.TryAdd(tsn));
                    model.Add(tsn);
                }

                Assert.True(model.Cumulative == tsns.Cumulative, $"seed {seed}");
                Assert.Equal(model.Highest, tsns.Highest);
                Assert.Equal(model.Highest > model.Cumulative, tsns.HasGaps);
                Assert.True(Report(tsns).SequenceEqual(model.Report()), $"seed {seed}");
            }
        }
    }

    [Fact]
    public void The_example_of_RFC_9260_is_reported_as_it_stands_there()
    {
        ReceivedTsns tsns = Received(10, 11, 12, 14, 15, 17);
        Assert.Equal([12, 14, 15, 17, 17], Report(tsns));
    }

    [Fact]
    public void What_is_given_up_closes_gaps_up_to_the_next_that_is_missing()
    {
        // 103 never comes (RFC 3758 section 3.6).
        ReceivedTsns tsns = Received(100, 101, 102, 104, 105, 107);
        tsns.AdvanceTo(tsns.Cumulative + 1);
        Assert.Equal([105, 107, 107], Report(tsns));
        tsns.AdvanceTo(tsns.Cumulative - 3);
        Assert.Equal([105, 107, 107], Report(tsns));
        tsns.AdvanceTo(tsns.Cumulative + 10);
        Assert.Equal([115], Report(tsns));
        Assert.False(tsns.HasGaps);
    }

    [Fact]
    public void Repetitions_are_named_once()
    {
        ReceivedTsns tsns = Received(10, 11, 12);
        long eleven = tsns.Cumulative - 1;
        tsns.AddDuplicate(eleven);
        tsns.AddDuplicate(eleven);
        Assert.True(tsns.HasDuplicates);
        Assert.Equal([11u, 11u], Write(tsns).Duplicates);
        Assert.False(tsns.HasDuplicates);
        Assert.Empty(Write(tsns).Duplicates);
    }

    [Fact]
    public void A_range_that_is_too_far_to_be_named_is_left_out()
    {
        ReceivedTsns tsns = new(initialTsn: 1);
        long next = tsns.Cumulative + 1;
        tsns.TryAdd(next + 2);
        tsns.TryAdd(next + ushort.MaxValue);
        Assert.Equal([0, 3, 3], Report(tsns));
        tsns.TryAdd(next);
        Assert.Equal([1, 3, 3, 65_536, 65_536], Report(tsns));
    }

    private static ReceivedTsns Received(params uint[] tsns)
    {
        ReceivedTsns received = new(tsns[0]);
        foreach (uint tsn in tsns) Assert.True(received.TryAdd(received.Unwrap(tsn)!.Value));
        return received;
    }

    // The cumulative number and the ranges as numbers of 32 bits.
    private static List<uint> Report(ReceivedTsns tsns) => Write(tsns).Ranges;

    private static (List<uint> Ranges, List<uint> Duplicates) Write(ReceivedTsns tsns)
    {
        byte[] packet = new byte[SctpLimits.MaxPacketSize];
        PacketWriter writer = new(packet, 1);
        tsns.WriteSack(ref writer, window: 0);
        int length = writer.Finish();
        SeenChunk sack = Assert.Single(SctpPackets.Read(packet.AsSpan(0, length)));
        uint cumulative = sack.Word(0);
        int gaps = BinaryPrimitives.ReadUInt16BigEndian(sack.Value.AsSpan(8)), duplicates = BinaryPrimitives.ReadUInt16BigEndian(sack.Value.AsSpan(10));
        List<uint> ranges = [cumulative];
        for (int i = 0; i < 2 * gaps; i++) ranges.Add(unchecked(cumulative + BinaryPrimitives.ReadUInt16BigEndian(sack.Value.AsSpan(12 + (2 * i)))));
        return (ranges, [.. Enumerable.Range(0, duplicates).Select(i => sack.Word(3 + gaps + i))]);
    }

    /// <summary>The same by a set.</summary>
    private sealed class Model(long cumulative)
    {
        private readonly SortedSet<long> _above = [];

        public long Cumulative { get; private set; } = cumulative;

        public long Highest => _above.Count > 0 ? _above.Max : Cumulative;

        public bool Contains(long tsn) => tsn <= Cumulative || _above.Contains(tsn);

        public void Add(long tsn)
        {
            _above.Add(tsn);
            while (_above.Remove(Cumulative + 1)) Cumulative++;
        }

        public void AdvanceTo(long tsn)
        {
            Cumulative = Math.Max(Cumulative, tsn);
            _above.RemoveWhere(t => t <= Cumulative);
            while (_above.Remove(Cumulative + 1)) Cumulative++;
        }

        public List<uint> Report()
        {
            List<uint> report = [TsnUnwrapper.Wrap(Cumulative)];
            foreach (long tsn in _above)
            {
                if (!_above.Contains(tsn - 1)) report.Add(TsnUnwrapper.Wrap(tsn));
                if (!_above.Contains(tsn + 1)) report.Add(TsnUnwrapper.Wrap(tsn));
            }

            return report;
        }
    }
}
