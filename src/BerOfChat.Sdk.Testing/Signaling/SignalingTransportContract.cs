using System.Security.Cryptography;
using Xunit;

namespace BerOfChat.Testing.Signaling;

#pragma warning disable CS1591 // The names of the tests are their documentation.

/// <summary>What every <see cref="ISignalingTransport"/> must do. Derive a test class, say how to make one, and run it.</summary>
/// <remarks>
/// Signaling is best effort, so the suite publishes again until an envelope arrives, and fails after <see cref="Patience"/>. It never expects that nothing was
/// lost, repeated or echoed.
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
    public async Task An_envelope_of_64_KiB_passes_whole()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        byte[] envelope = RandomNumberGenerator.GetBytes(64 * 1024);
        Assert.Equal(envelope, await PublishUntilReceivedAsync(alice, envelope, bob, test.Token));
    }

    [Fact]
    public async Task A_larger_envelope_is_refused_and_the_topic_lives_on()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await alice.PublishAsync(new byte[(64 * 1024) + 1], test.Token));
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
        byte[] received = await FirstAsync(
            bob,
            async () =>
            {
                memory.AsSpan().Fill(1);
                await alice.PublishAsync(memory, test.Token);
                memory.AsSpan().Fill(2);
            },
            static _ => true,
            test.Token);
        Assert.All(received, b => Assert.Equal(1, b));
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
        Assert.Equal(0, await reading.WaitAsync(Patience, test.Token));
    }

    [Fact]
    public async Task A_topic_can_be_disposed_twice()
    {
        using CancellationTokenSource test = Start();
        ISignalingTopic topic = await JoinAsync(NewTopic(), test.Token);
        await topic.DisposeAsync();
        await topic.DisposeAsync();
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
    public async Task Joining_with_a_cancelled_token_is_cancelled()
    {
        using CancellationTokenSource test = Start();
        ISignalingTransport transport = await CreateTransportAsync(test.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await transport.JoinAsync(NewTopic(), new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Reading_can_be_cancelled()
    {
        using CancellationTokenSource test = Start();
        await using ISignalingTopic topic = await JoinAsync(NewTopic(), test.Token);
        using var reading = new CancellationTokenSource();
        Task<int> count = CountAsync(topic, reading.Token);
        await reading.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => count.WaitAsync(Patience, test.Token));
    }

    [Fact]
    public async Task Many_may_publish_at_once()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId topic = NewTopic();
        await using ISignalingTopic alice = await JoinAsync(topic, test.Token);
        await using ISignalingTopic bob = await JoinAsync(topic, test.Token);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => alice.PublishAsync(new byte[] { (byte)i }, test.Token).AsTask(), test.Token)));
        await PublishUntilReceivedAsync(alice, [254], bob, test.Token);
    }

    private static SignalingTopicId NewTopic() => new(RandomNumberGenerator.GetBytes(SignalingTopicId.Size));

    private static async Task<int> CountAsync(ISignalingTopic topic, CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (ReadOnlyMemory<byte> _ in topic.ReadAllAsync(cancellationToken)) count++;
        return count;
    }

    private static Task<byte[]> PublishUntilReceivedAsync(ISignalingTopic from, byte[] envelope, ISignalingTopic to, CancellationToken cancellationToken) =>
        FirstAsync(to, () => from.PublishAsync(envelope, cancellationToken), received => received.AsSpan().SequenceEqual(envelope), cancellationToken);

    /// <summary>Publishes again and again until the reader gets an envelope that it wants.</summary>
    private static async Task<byte[]> FirstAsync(ISignalingTopic to, Func<ValueTask> publish, Func<byte[], bool> isWanted, CancellationToken cancellationToken)
    {
        using CancellationTokenSource received = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task publishing = RepeatAsync(publish, received.Token);
        try
        {
            await foreach (ReadOnlyMemory<byte> envelope in to.ReadAllAsync(cancellationToken))
            {
                if (isWanted(envelope.ToArray())) return envelope.ToArray();
            }

            throw new InvalidOperationException("The topic's stream ended before the envelope arrived.");
        }
        finally
        {
            await received.CancelAsync();
            await publishing;
        }
    }

    private static async Task RepeatAsync(Func<ValueTask> publish, CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await publish();
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // It has arrived, or the test has taken too long and says so elsewhere.
        }
    }

    private CancellationTokenSource Start()
    {
        CancellationTokenSource test = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        test.CancelAfter(Patience);
        return test;
    }

    private async ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken) =>
        await (await CreateTransportAsync(cancellationToken)).JoinAsync(topic, cancellationToken);
}
