using System.Buffers.Binary;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.DataChannels;

/// <summary>Whatever two sides do with their channels, in whatever order, over whatever network: what is promised holds.</summary>
public sealed class StateMachineTests
{
    [Fact]
    public void Every_sequence_of_doings_keeps_the_invariants_and_comes_to_rest()
    {
        foreach (int seed in Seeds.Take(2_000, 200_000)) new Sequence(seed).Run();
    }

    /// <summary>One sequence from one seed.</summary>
    private sealed class Sequence(int seed)
    {
        private const int MaxChannels = 10;
        private static readonly LinkConditions s_dead = new() { Loss = 1 };

        private readonly Random _random = new(seed);
        private readonly EndpointPair _pair = EndpointPair.Rough(seed, TimeSpan.FromMilliseconds(100));
        private readonly List<Channel> _channels = [];
        private bool _wasEnded;

        public void Run()
        {
            _pair.Connect();
            int steps = _random.Next(5, 40);
            for (int i = 0; i < steps; i++)
            {
                Step();
                AssertInvariants();
            }

            _pair.Link.Conditions = new LinkConditions { Delay = TimeSpan.FromMilliseconds(5) };
            _pair.Reads = true;
            // An ABORT may have got lost: the other side notices by its heartbeats.
            _pair.RunUntil(IsAtRest, TimeSpan.FromMinutes(30));
            AssertInvariants();
            Assert.True(IsAtRest(), $"seed {seed}: it does not come to rest: {_pair.A.Association.State} and {_pair.B.Association.State}");
            AssertDelivered();
        }

        private void Step()
        {
            switch (_random.Next(20))
            {
                case < 3:
                    Open();
                    break;
                case < 10:
                    Send();
                    break;
                case < 12 when _channels.Count > 0:
                    Close(_channels[_random.Next(_channels.Count)]);
                    break;
                case < 16:
                    _pair.RunFor(TimeSpan.FromMilliseconds(_random.Next(500)));
                    break;
                case 16:
                    _pair.Link.Conditions = LinkConditions.Rough(_random.Next(), TimeSpan.FromMilliseconds(200));
                    break;
                case 17:
                    _pair.Reads = !_pair.Reads;
                    break;
                case 18 when _random.Next(4) == 0:
                    LinkConditions before = _pair.Link.Conditions;
                    _pair.Link.Conditions = s_dead;
                    _pair.RunFor(TimeSpan.FromSeconds(_random.Next(1, 20)));
                    _pair.Link.Conditions = before;
                    break;
                case 19 when _random.Next(8) == 0 && _pair.A.IsConnected && _pair.B.IsConnected:
                    _wasEnded = true;
                    if (_random.Next(2) == 0) (_random.Next(2) == 0 ? _pair.A : _pair.B).Shutdown();
                    else (_random.Next(2) == 0 ? _pair.A : _pair.B).Abort("test");
                    break;
            }
        }

        private void Open()
        {
            if (_channels.Count >= MaxChannels || _wasEnded) return;
            ChannelReliability reliability = _random.Next(4) switch
            {
                0 => new ChannelReliability { IsOrdered = _random.Next(2) == 0, MaxRetransmits = (ushort)_random.Next(3) },
                1 => new ChannelReliability { IsOrdered = _random.Next(2) == 0, MaxPacketLifeTime = TimeSpan.FromMilliseconds(_random.Next(2000)) },
                _ => new ChannelReliability { IsOrdered = _random.Next(3) > 0 },
            };
            bool byA = _random.Next(2) == 0;
            _channels.Add(new Channel(_channels.Count, byA, reliability, (byA ? _pair.A : _pair.B).Open($"{_channels.Count}", "", reliability, negotiatedId: null)));
        }

        private void Close(Channel channel)
        {
            channel.WasClosed = true;
            if (_random.Next(2) == 0) channel.Opener(_pair).Close(channel.OpenersHandle);
            else if (channel.Other(_pair).All.FirstOrDefault(c => c.Label == $"{channel.Number}") is { } theirs) channel.Other(_pair).Close(theirs.Handle);
        }

        private void Send()
        {
            if (_channels.Count == 0) return;
            Channel channel = _channels[_random.Next(_channels.Count)];
            byte[] message = new byte[_random.Next(6) == 0 ? _random.Next(8, 40_000) : _random.Next(8, 1500)];
            new Random(HashCode.Combine(channel.Number, channel.Sent.Count)).NextBytes(message);
            BinaryPrimitives.WriteInt32BigEndian(message, channel.Number);
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), channel.Sent.Count);
            DataChannelSendStatus status = channel.Opener(_pair).Send(channel.OpenersHandle, DataChannelMessageKind.Binary, message, _pair.Now);
            if (status == DataChannelSendStatus.Accepted) channel.Sent.Add(message);
        }

        // Nothing is under way any more, and both sides agree on whether there is an association.
        private bool IsAtRest()
        {
            (DataChannelEndpoint a, DataChannelEndpoint b) = (_pair.A, _pair.B);
            if (a.Association.State == SctpState.Closed || b.Association.State == SctpState.Closed) return a.Association.State == b.Association.State;
            return a.IsConnected && b.IsConnected && a.Association.Sender.IsDrained && b.Association.Sender.IsDrained
                && a.All.Concat(b.All).All(c => c.State == DataChannelState.Open) && a.All.Count == b.All.Count;
        }

        private void AssertInvariants()
        {
            foreach (DataChannelEndpoint end in new[] { _pair.A, _pair.B })
            {
                SctpSender sender = end.Association.Sender;
                Assert.True(sender.UnacknowledgedBytes >= 0, $"seed {seed}: less than nothing is in flight");
                Assert.True(sender.UnacknowledgedChunks >= 0, $"seed {seed}: fewer than no chunks are outstanding");
                Assert.True(sender.Queue.BufferedAmount >= 0, $"seed {seed}: less than nothing is queued");
                Assert.True(sender.Queue.BufferedAmount == end.All.Sum(c => end.GetBufferedAmount(c.Handle)) || end.Association.State == SctpState.Closed || end.All.Any(c => c.Id is null),
                    $"seed {seed}: the queue does not hold what its channels hold");
                Assert.InRange(end.Association.ReceiveWindow, 0, SctpLimits.ReceiveWindow);
                Assert.True(end.NextTimeout is null || end.NextTimeout > MonotonicTime.Zero, $"seed {seed}");
            }
        }

        private void AssertDelivered()
        {
            bool isUp = _pair.A.IsConnected && _pair.B.IsConnected;
            foreach (Channel channel in _channels)
            {
                List<TestMessage> received = [.. (channel.IsByA ? _pair.ReceivedByB : _pair.ReceivedByA).Where(m => BinaryPrimitives.ReadInt32BigEndian(m.Payload.Span) == channel.Number)];
                int[] numbers = [.. received.Select(m => BinaryPrimitives.ReadInt32BigEndian(m.Payload.Span[4..]))];
                string what = $"seed {seed}, channel {channel.Number} ({channel.Reliability}): ";
                Assert.True(numbers.Distinct().Count() == numbers.Length, what + "a message came twice");
                Assert.All(received, m => Assert.True(m.Payload.Span.SequenceEqual(channel.Sent[BinaryPrimitives.ReadInt32BigEndian(m.Payload.Span[4..])]), what + "a message is not what was sent"));
                if (channel.Reliability.IsOrdered) Assert.True(numbers.SequenceEqual(numbers.Order()), what + "a message came late");
                if (channel.Reliability is not { MaxRetransmits: null, MaxPacketLifeTime: null }) continue;
                if (channel.Reliability.IsOrdered) Assert.True(numbers.SequenceEqual(Enumerable.Range(0, numbers.Length)), what + "a message is missing in between");
                // A channel that the other side has closed meanwhile may end before all that was sent.
                if (isUp && !channel.WasClosed) Assert.True(numbers.Length == channel.Sent.Count, what + $"{numbers.Length} of {channel.Sent.Count} have arrived");
            }
        }
    }

    private sealed record Channel(int Number, bool IsByA, ChannelReliability Reliability, int OpenersHandle)
    {
        public List<byte[]> Sent { get; } = [];

        public bool WasClosed { get; set; }

        public DataChannelEndpoint Opener(EndpointPair pair) => IsByA ? pair.A : pair.B;

        public DataChannelEndpoint Other(EndpointPair pair) => IsByA ? pair.B : pair.A;
    }
}
