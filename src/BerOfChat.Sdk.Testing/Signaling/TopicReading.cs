using System.Security.Cryptography;

namespace BerOfChat.Testing.Signaling;

/// <summary>Reads and writes topics the way the contract needs: by publishing again until something arrives.</summary>
internal static class TopicReading
{
    public static SignalingTopicId NewTopic() => new(RandomNumberGenerator.GetBytes(SignalingTopicId.Size));

    public static async Task<int> CountAsync(ISignalingTopic topic, CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (ReadOnlyMemory<byte> _ in topic.ReadAllAsync(cancellationToken)) count++;
        return count;
    }

    public static Task<byte[]> PublishUntilReceivedAsync(ISignalingTopic from, byte[] envelope, ISignalingTopic to, CancellationToken cancellationToken) =>
        FirstAsync(to, () => from.PublishAsync(envelope, cancellationToken), received => received.Span.SequenceEqual(envelope), cancellationToken);

    /// <summary>Publishes again and again until the reader gets an envelope that it wants.</summary>
    public static async Task<byte[]> FirstAsync(
        ISignalingTopic to,
        Func<ValueTask> publish,
        Func<ReadOnlyMemory<byte>, bool> isWanted,
        CancellationToken cancellationToken,
        List<ReadOnlyMemory<byte>>? received = null,
        Func<ValueTask>? whenReceived = null)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task publishing = Task.Run(() => RepeatAsync(publish, ended.Token), CancellationToken.None);
        try
        {
            await foreach (ReadOnlyMemory<byte> envelope in to.ReadAllAsync(cancellationToken))
            {
                received?.Add(envelope);
                if (!isWanted(envelope)) continue;
                if (whenReceived is not null) await whenReceived().AsTask().WaitAsync(cancellationToken);
                return envelope.ToArray();
            }

            throw new InvalidOperationException("The topic's stream ended before the envelope arrived.");
        }
        finally
        {
            await ended.CancelAsync();
            await publishing;
        }
    }

    public static async Task<BerOfChatErrorCode> PublishUntilItFailsAsync(ISignalingTopic topic, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await topic.PublishAsync(new byte[] { 1 }, cancellationToken);
                await Task.Yield();
            }
        }
        catch (BerOfChatException e)
        {
            return e.ErrorCode;
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
}
