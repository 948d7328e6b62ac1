using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BerOfChat.Sdk.Tests.Contracts;

/// <summary>The ways in which a signaling transport gets it wrong.</summary>
internal enum SignalingFault
{
    None,
    DeliversToNobody,
    DeliversToOneOnly,
    PassesOneWayOnly,
    MixesTopics,
    LooksAtTheBeginningOfTopics,
    CutsLargeEnvelopes,
    ReusesItsBuffer,
    SendsEmptyEnvelopes,
    SendsLargeEnvelopes,
    KeepsTheCallersMemory,
    LeavesForAllWhenOneLeaves,
    JoinsATopicOnce,
    NeverEndsStreams,
    ThrowsAtTheSecondDisposal,
    WaitsForTheReaderWhenDisposed,
    PublishesAfterLeaving,
    ThrowsOtherExceptions,
    IgnoresCancellation,
    ReadsOnWhenCancelled,
    MixesEnvelopesOfOneMoment,
    WaitsForSlowReaders,
    ThrowsWhenTheLinkIsLost,
    PublishesWithoutALink,
    JoinsWithoutALink,
    StaysWithoutALink,
}

/// <summary>Signaling in the process with one fault. Without one it keeps the contract, which a test shows.</summary>
internal sealed class BrokenSignaling(SignalingFault fault) : ISignalingTransport
{
    private readonly Lock _lock = new();
    private readonly List<Topic> _joined = [];
    private readonly HashSet<SignalingTopicId> _left = [];
    private readonly byte[] _shared = new byte[ISignalingTopic.MaxEnvelopeSize];
    private bool _wasLost;

    public bool IsUp { get; private set; } = true;

    public ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
    {
        if (fault != SignalingFault.IgnoresCancellation) cancellationToken.ThrowIfCancellationRequested();
        bool isLost = !IsUp || (_wasLost && fault == SignalingFault.StaysWithoutALink);
        if (isLost && fault != SignalingFault.JoinsWithoutALink) throw new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "No link.", isTransient: true);
        var joined = new Topic(this, topic);
        lock (_lock)
        {
            if (fault != SignalingFault.JoinsATopicOnce || !_left.Contains(topic)) _joined.Add(joined);
        }

        return ValueTask.FromResult<ISignalingTopic>(joined);
    }

    public void Lose()
    {
        lock (_lock)
        {
            IsUp = false;
            _wasLost = true;
            foreach (Topic topic in _joined) topic.Inbox.Writer.TryComplete(fault == SignalingFault.ThrowsWhenTheLinkIsLost ? new IOException("lost") : null);
            _joined.Clear();
        }
    }

    public void Restore() => IsUp = true;

    private async ValueTask PublishAsync(Topic from, ReadOnlyMemory<byte> envelope)
    {
        Topic[] others;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(from.IsLeft && fault == SignalingFault.ThrowsOtherExceptions, from);
            if (from.IsLeft && fault != SignalingFault.PublishesAfterLeaving) throw new BerOfChatException(BerOfChatErrorCode.Closed, "Left.");
            if (!IsUp && fault != SignalingFault.PublishesWithoutALink) throw new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "No link.", isTransient: true);
            others = [.. _joined.Where(other => other != from && IsSame(other.Id, from.Id))];
            if (fault == SignalingFault.PassesOneWayOnly && _joined.Count > 1 && _joined.IndexOf(from) > 0) return;
        }

        if (fault == SignalingFault.DeliversToOneOnly) others = others[..Math.Min(1, others.Length)];
        if (fault == SignalingFault.DeliversToNobody) return;
        if (fault == SignalingFault.CutsLargeEnvelopes && envelope.Length > 16_384) envelope = envelope[..16_384];
        if (fault == SignalingFault.MixesEnvelopesOfOneMoment)
        {
            // What a shared buffer without a lock leads to.
            int half = envelope.Length / 2;
            envelope[..half].CopyTo(_shared);
            await Task.Delay(1);
            envelope[half..].CopyTo(_shared.AsMemory(half));
            envelope = _shared.AsMemory(0, envelope.Length);
        }

        ReadOnlyMemory<byte> sent = envelope.ToArray();
        if (fault == SignalingFault.KeepsTheCallersMemory) _ = DeliverLaterAsync(others, envelope);
        else foreach (Topic other in others) await other.DeliverAsync(sent);
    }

    private static async Task DeliverLaterAsync(Topic[] others, ReadOnlyMemory<byte> envelope)
    {
        await Task.Delay(20);
        foreach (Topic other in others) await other.DeliverAsync(envelope.ToArray());
    }

    private bool IsSame(SignalingTopicId left, SignalingTopicId right) => fault switch
    {
        SignalingFault.MixesTopics => true,
        SignalingFault.LooksAtTheBeginningOfTopics => left.ToString()[..32] == right.ToString()[..32],
        _ => left == right,
    };

    private void Leave(Topic topic)
    {
        lock (_lock)
        {
            topic.IsLeft = true;
            _left.Add(topic.Id);
            if (fault == SignalingFault.LeavesForAllWhenOneLeaves) _joined.RemoveAll(other => other.Id == topic.Id);
            else _joined.Remove(topic);
        }
    }

    private sealed class Topic(BrokenSignaling owner, SignalingTopicId id) : ISignalingTopic
    {
        private readonly byte[] _buffer = new byte[ISignalingTopic.MaxEnvelopeSize];
        private readonly TaskCompletionSource _read = new();
        private bool _isReading;
        private int _isDisposed;

        public SignalingTopicId Id => id;

        public bool IsLeft { get; set; }

        public Channel<ReadOnlyMemory<byte>> Inbox { get; } = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(256)
        {
            FullMode = owner.Fault == SignalingFault.WaitsForSlowReaders ? BoundedChannelFullMode.Wait : BoundedChannelFullMode.DropOldest,
        });

        public async ValueTask DeliverAsync(ReadOnlyMemory<byte> envelope)
        {
            if (owner.Fault == SignalingFault.ReusesItsBuffer)
            {
                envelope.CopyTo(_buffer);
                envelope = _buffer.AsMemory(0, envelope.Length);
            }

            if (owner.Fault == SignalingFault.WaitsForSlowReaders) await Inbox.Writer.WriteAsync(envelope);
            else Inbox.Writer.TryWrite(envelope);
        }

        public ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default)
        {
            if (envelope.IsEmpty && owner.Fault != SignalingFault.SendsEmptyEnvelopes) throw new ArgumentException("Empty.", nameof(envelope));
            if (envelope.Length > ISignalingTopic.MaxEnvelopeSize && owner.Fault != SignalingFault.SendsLargeEnvelopes) throw new ArgumentException("Too large.", nameof(envelope));
            if (owner.Fault != SignalingFault.IgnoresCancellation) cancellationToken.ThrowIfCancellationRequested();
            return owner.PublishAsync(this, envelope);
        }

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            _isReading = true;
            try
            {
                CancellationToken token = owner.Fault == SignalingFault.ReadsOnWhenCancelled ? CancellationToken.None : cancellationToken;
                await foreach (ReadOnlyMemory<byte> envelope in Inbox.Reader.ReadAllAsync(token)) yield return envelope;
            }
            finally
            {
                _read.TrySetResult();
            }
        }

        public async ValueTask DisposeAsync()
        {
            ObjectDisposedException.ThrowIf(Interlocked.Exchange(ref _isDisposed, 1) != 0 && owner.Fault == SignalingFault.ThrowsAtTheSecondDisposal, this);
            owner.Leave(this);
            if (owner.Fault != SignalingFault.NeverEndsStreams) Inbox.Writer.TryComplete();
            if (owner.Fault == SignalingFault.WaitsForTheReaderWhenDisposed && _isReading) await _read.Task;
        }
    }

    private SignalingFault Fault => fault;
}
