namespace BerOfChat.Hosting;

/// <summary>A signaling transport that notes whether topics can be joined.</summary>
internal sealed class ObservedSignaling(ISignalingTransport inner, ClientCondition condition) : ISignalingTransport
{
    public async ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
    {
        try
        {
            ISignalingTopic joined = await inner.JoinAsync(topic, cancellationToken).ConfigureAwait(false);
            condition.Signaling = null;
            return joined;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // Noted and passed on; that the caller has given up says nothing of the service.
            condition.Signaling = ClientCondition.CodeOf(e);
            throw;
        }
    }
}
