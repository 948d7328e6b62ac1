using Xunit;
using static BerOfChat.Testing.Signaling.TopicReading;

namespace BerOfChat.Testing.Signaling;

#pragma warning disable CS1591 // The names of the tests are their documentation.

/// <summary>What an <see cref="ISignalingTransport"/> must do whose link to the service can be lost: say so, and begin again when it is asked to.</summary>
public abstract class SignalingLossContract
{
    /// <summary>How long something may take that must happen. Default: 20 s.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(20);

    /// <summary>A transport for one device. Those of one test must reach each other; the same one may be returned twice.</summary>
    protected abstract ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken);

    /// <summary>Takes the service away from all transports of this test: stops the server, removes the folder.</summary>
    protected abstract ValueTask LoseLinkAsync(CancellationToken cancellationToken);

    /// <summary>Brings the service back at the same place.</summary>
    protected abstract ValueTask RestoreLinkAsync(CancellationToken cancellationToken);

    [Fact]
    public async Task The_stream_ends_without_an_error_when_the_link_is_lost()
    {
        using CancellationTokenSource test = Start();
        await using ISignalingTopic topic = await (await CreateTransportAsync(test.Token)).JoinAsync(NewTopic(), test.Token);
        Task<int> reading = CountAsync(topic, test.Token);
        await LoseLinkAsync(test.Token);
        Assert.Equal(0, await reading.WaitAsync(test.Token));
    }

    [Fact]
    public async Task Publishing_on_a_lost_link_fails_as_unavailable_for_now()
    {
        using CancellationTokenSource test = Start();
        await using ISignalingTopic topic = await (await CreateTransportAsync(test.Token)).JoinAsync(NewTopic(), test.Token);
        await LoseLinkAsync(test.Token);
        await CountAsync(topic, test.Token).WaitAsync(test.Token);
        await AssertIsUnavailableAsync(async () => await topic.PublishAsync(new byte[] { 1 }, test.Token));
        await topic.DisposeAsync();
        await topic.DisposeAsync();
    }

    [Fact]
    public async Task Joining_without_a_link_fails_as_unavailable_for_now()
    {
        using CancellationTokenSource test = Start();
        ISignalingTransport transport = await CreateTransportAsync(test.Token);
        await LoseLinkAsync(test.Token);
        await AssertIsUnavailableAsync(async () => await transport.JoinAsync(NewTopic(), test.Token));
    }

    [Fact]
    public async Task The_same_transport_joins_again_when_the_link_is_back()
    {
        using CancellationTokenSource test = Start();
        SignalingTopicId id = NewTopic();
        ISignalingTransport alices = await CreateTransportAsync(test.Token);
        ISignalingTransport bobs = await CreateTransportAsync(test.Token);
        await using (ISignalingTopic alice = await alices.JoinAsync(id, test.Token))
        await using (ISignalingTopic bob = await bobs.JoinAsync(id, test.Token))
        {
            await PublishUntilReceivedAsync(alice, [1], bob, test.Token);
            await LoseLinkAsync(test.Token);
            await CountAsync(alice, test.Token).WaitAsync(test.Token);
            await CountAsync(bob, test.Token).WaitAsync(test.Token);
        }

        await RestoreLinkAsync(test.Token);
        await using ISignalingTopic aliceAgain = await alices.JoinAsync(id, test.Token);
        await using ISignalingTopic bobAgain = await bobs.JoinAsync(id, test.Token);
        await PublishUntilReceivedAsync(aliceAgain, [2], bobAgain, test.Token);
    }

    private static async Task AssertIsUnavailableAsync(Func<Task> action)
    {
        BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(action);
        Assert.Equal((BerOfChatErrorCode.SignalingUnavailable, true), (e.ErrorCode, e.IsTransient));
    }

    private CancellationTokenSource Start()
    {
        CancellationTokenSource test = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        test.CancelAfter(Patience);
        return test;
    }
}
