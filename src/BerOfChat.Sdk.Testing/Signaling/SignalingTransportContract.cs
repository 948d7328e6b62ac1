using System.Security.Cryptography;
using Xunit;
using static BerOfChat.Testing.Signaling.TopicReading;

namespace BerOfChat.Testing.Signaling;

#pragma warning disable CS1591 // The names of the tests are their documentation.

/// <summary>What every <see cref="ISignalingTransport"/> must do. Derive a test class, say how to make one, and run it.</summary>
/// <remarks>
/// Signaling is best effort, so the suite publishes again until an envelope arrives, and fails after <see cref="Patience"/>. It never expects that nothing was
/// lost, repeated, reordered or echoed. One whose link can be lost derives a second class from <see cref="SignalingLossContract"/>.
/// </remarks>
public abstract class SignalingTransportContract
{
    /// <summary>How long something may take that must happen. Default: 20 s.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(20);

    /// <summary>A transport for one device. Those of one test must reach each other; the same one may be returned twice.</summary>
    protected abstract ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken);

    [Fact]
    public async Task An_envelope_reaches_another_who_joined_the_topic()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        byte[] envelope = RandomNumberGenerator.GetBytes(600);
        Assert.Equal(envelope, await PublishUntilReceivedAsync(alice, envelope, bob, test.Token));
    }

    [Fact]
    public async Task An_envelope_reaches_everybody_else_at_the_topic()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await using ISignalingTopic carol = await JoinAsync(topic, test.Token);
        byte[] envelope = RandomNumberGenerator.GetBytes(600);
        Assert.Equal(envelope, await PublishUntilReceivedAsync(alice, envelope, bob, test.Token));
        Assert.Equal(envelope, await PublishUntilReceivedAsync(alice, envelope, carol, test.Token));
    }

    [Fact]
    public async Task Both_directions_work()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await PublishUntilReceivedAsync(alice, [1], bob, test.Token);
        await PublishUntilReceivedAsync(bob, [2], alice, test.Token);
    }

    [Fact]
    public async Task An_envelope_does_not_reach_another_topic()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        SignalingTopicId otherTopic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await using ISignalingTopic alsoAlice = await JoinAsync(otherTopic, test.Token);
        await using ISignalingTopic stranger = await JoinAsync(otherTopic, test.Token);
        await PublishUntilReceivedAsync(alice, [1], bob, test.Token);

        // What reaches the stranger first is what was written to its own topic, although the other was written earlier.
        byte[] first = await FirstAsync(stranger, () => alsoAlice.PublishAsync(new byte[] { 2 }, test.Token), static _ => true, test.Token);
        Assert.Equal([2], first);
    }

    [Fact]
    public async Task Topics_that_differ_in_one_bit_are_different()
    {
        using CancellationTokenSource test = Start();
        byte[] id = RandomNumberGenerator.GetBytes(SignalingTopicId.Size);
        await using ISignalingTopic alice = await JoinAsync(new SignalingTopicId(id), test.Token);
        await using ISignalingTopic bob = await JoinAsync(new SignalingTopicId(id), test.Token);
        id[^1] ^= 1;
        await using ISignalingTopic alsoAlice = await JoinAsync(new SignalingTopicId(id), test.Token);
        await using ISignalingTopic stranger = await JoinAsync(new SignalingTopicId(id), test.Token);
        await PublishUntilReceivedAsync(alice, [1], bob, test.Token);
        Assert.Equal([2], await FirstAsync(stranger, () => alsoAlice.PublishAsync(new byte[] { 2 }, test.Token), static _ => true, test.Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4_096)]
    [InlineData(ISignalingTopic.MaxEnvelopeSize)]
    public async Task An_envelope_passes_whole(int size)
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        byte[] envelope = RandomNumberGenerator.GetBytes(size);
        byte[] first = await FirstAsync(bob, () => alice.PublishAsync(envelope, test.Token), static _ => true, test.Token);
        Assert.Equal(envelope, first);
    }

    [Fact]
    public async Task What_arrives_was_published_whole_and_unaltered_and_belongs_to_the_reader()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        byte[][] published = [.. Enumerable.Range(0, 40).Select(i => RandomNumberGenerator.GetBytes(1 + (i * 100)))];
        List<ReadOnlyMemory<byte>> received = [];
        byte[] last = [.. "the last one"u8];
        await FirstAsync(
            bob,
            async () =>
            {
                foreach (byte[] envelope in published) await alice.PublishAsync(envelope, test.Token);
                await alice.PublishAsync(last, test.Token);
            },
            envelope => envelope.Span.SequenceEqual(last),
            test.Token,
            received);

        HashSet<string> known = [.. published.Append(last).Select(Convert.ToHexString)];
        Assert.All(received, envelope => Assert.Contains(Convert.ToHexString(envelope.Span), known));
    }

    [Fact]
    public async Task An_empty_envelope_is_refused_and_the_topic_lives_on()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await alice.PublishAsync(ReadOnlyMemory<byte>.Empty, test.Token));
        await PublishUntilReceivedAsync(alice, [1], bob, test.Token);
    }

    [Fact]
    public async Task A_larger_envelope_is_refused_and_the_topic_lives_on()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await alice.PublishAsync(new byte[ISignalingTopic.MaxEnvelopeSize + 1], test.Token));
        await PublishUntilReceivedAsync(alice, [1], bob, test.Token);
    }

    [Fact]
    public async Task The_memory_of_an_envelope_may_be_reused_after_publishing()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        byte[] memory = new byte[100];
        byte[] first = await FirstAsync(
            bob,
            async () =>
            {
                memory.AsSpan().Fill(1);
                await alice.PublishAsync(memory, test.Token);
                memory.AsSpan().Fill(2);
            },
            static _ => true,
            test.Token);
        Assert.All(first, b => Assert.Equal(1, b));
    }

    [Fact]
    public async Task One_transport_joins_the_same_topic_twice()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        ISignalingTransport transport = await CreateTransportAsync(test.Token);
        await using ISignalingTopic first = await transport.JoinAsync(topic, test.Token);
        await using ISignalingTopic second = await transport.JoinAsync(topic, test.Token);
        await PublishUntilReceivedAsync(first, [1], second, test.Token);

        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await second.DisposeAsync();
        await PublishUntilReceivedAsync(bob, [2], first, test.Token);
    }

    [Fact]
    public async Task A_topic_that_was_left_can_be_joined_again()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        ISignalingTransport transport = await CreateTransportAsync(test.Token);
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await (await transport.JoinAsync(topic, test.Token)).DisposeAsync();
        await using ISignalingTopic bob = await transport.JoinAsync(topic, test.Token);
        await PublishUntilReceivedAsync(alice, [1], bob, test.Token);
    }

    [Fact]
    public async Task Leaving_ends_the_stream_without_an_error()
    {
        using CancellationTokenSource test = Start();
        ISignalingTopic topic = await JoinAsync(NewTopic(), test.Token);
        Task<int> reading = CountAsync(topic, test.Token);
        await topic.DisposeAsync();
        Assert.Equal(0, await reading.WaitAsync(test.Token));
    }

    [Fact]
    public async Task A_topic_can_be_disposed_twice_and_at_once()
    {
        using CancellationTokenSource test = Start();
        ISignalingTopic topic = await JoinAsync(NewTopic(), test.Token);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => topic.DisposeAsync().AsTask()))).WaitAsync(test.Token);
        await topic.DisposeAsync();
        Assert.Equal(0, await CountAsync(topic, test.Token));
    }

    [Fact]
    public async Task A_topic_can_be_left_inside_its_own_reading_loop()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await FirstAsync(bob, () => alice.PublishAsync(new byte[] { 1 }, test.Token), static _ => true, test.Token, whenReceived: bob.DisposeAsync);
    }

    [Fact]
    public async Task Publishing_after_leaving_fails_as_closed()
    {
        using CancellationTokenSource test = Start();
        ISignalingTopic topic = await JoinAsync(NewTopic(), test.Token);
        await topic.DisposeAsync();
        BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(async () => await topic.PublishAsync(new byte[] { 1 }, test.Token));
        Assert.Equal(BerOfChatErrorCode.Closed, e.ErrorCode);
    }

    [Fact]
    public async Task Leaving_while_others_publish_is_closed_or_done()
    {
        using CancellationTokenSource test = Start();
        ISignalingTopic topic = await JoinAsync(NewTopic(), test.Token);
        Task<BerOfChatErrorCode>[] publishing = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => PublishUntilItFailsAsync(topic, test.Token)))];
        await topic.PublishAsync(new byte[] { 1 }, test.Token);
        await topic.DisposeAsync();
        foreach (Task<BerOfChatErrorCode> ended in publishing) Assert.Equal(BerOfChatErrorCode.Closed, await ended.WaitAsync(test.Token));
    }

    [Fact]
    public async Task A_call_with_a_cancelled_token_does_nothing()
    {
        using CancellationTokenSource test = Start();
        var cancelled = new CancellationToken(canceled: true);
        SignalingTopicId id = NewTopic();
        ISignalingTransport transport = await CreateTransportAsync(test.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await transport.JoinAsync(id, cancelled));
        await using ISignalingTopic alice = await transport.JoinAsync(id, test.Token);
        await using ISignalingTopic bob = await JoinAsync(id, test.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CountAsync(alice, cancelled).WaitAsync(Patience));
        await PublishUntilReceivedAsync(alice, [1], bob, test.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await alice.PublishAsync(new byte[] { 66 }, cancelled));
        List<ReadOnlyMemory<byte>> received = [];
        await FirstAsync(bob, () => alice.PublishAsync(new byte[] { 2 }, test.Token), static envelope => envelope.Span is [2], test.Token, received);
        Assert.DoesNotContain(received, static envelope => envelope.Span is [66]);
    }

    [Fact]
    public async Task Reading_can_be_cancelled()
    {
        using CancellationTokenSource test = Start();
        await using ISignalingTopic topic = await JoinAsync(NewTopic(), test.Token);
        using var reading = new CancellationTokenSource();
        Task<int> count = CountAsync(topic, reading.Token);
        await reading.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => count.WaitAsync(Patience));
    }

    [Fact]
    public async Task Many_may_publish_at_once()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => alice.PublishAsync(Enumerable.Repeat((byte)i, 900).ToArray(), test.Token).AsTask(), test.Token)));
        List<ReadOnlyMemory<byte>> received = [];
        await FirstAsync(bob, () => alice.PublishAsync(new byte[] { 254 }, test.Token), static envelope => envelope.Span is [254], test.Token, received);
        Assert.All(received, envelope => Assert.True(
            envelope.Span is [254] || (envelope.Length == 900 && !envelope.Span.ContainsAnyExcept(envelope.Span[0])), "Two envelopes were mixed into one."));
    }

    [Fact]
    public async Task One_who_does_not_read_holds_up_nobody()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic asleep = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        for (int i = 0; i < UnreadEnvelopes; i++) await alice.PublishAsync(new byte[] { 1 }, test.Token).AsTask().WaitAsync(test.Token);
        await PublishUntilReceivedAsync(alice, [2], bob, test.Token);
        await PublishUntilReceivedAsync(alice, [3], asleep, test.Token);
    }

    private protected CancellationTokenSource Start()
    {
        CancellationTokenSource test = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        test.CancelAfter(Patience);
        return test;
    }

    private protected async ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken) =>
        await (await CreateTransportAsync(cancellationToken)).JoinAsync(topic, cancellationToken);

    private const int UnreadEnvelopes = 600;
}
