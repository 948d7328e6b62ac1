using System.Threading.Channels;

namespace BerOfChat.Testing.Transport;

/// <summary>The two ends of a negotiation, with nothing but the promises of <see cref="INegotiationChannel"/> between them.</summary>
/// <remarks>
/// As in the SDK, a side's description and candidates travel as copies of all that it has so far, and the other side takes from each what it has not seen. With a
/// seed, copies are lost, late and out of order, candidates too; the last of them arrives.
/// </remarks>
internal sealed class NegotiationPair
{
    private readonly Lock _lock = new();
    private readonly Random? _random;
    private readonly TaskCompletionSource _answersMayPass = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly End _offerer;
    private readonly End _answerer;

    public NegotiationPair(int? seed = null)
    {
        // Not for secrets: a seed must give the same run again.
        _random = seed is { } value ? new Random(value) : null;
        _offerer = new End(this);
        _answerer = new End(this);
        _offerer.Peer = _answerer;
        _answerer.Peer = _offerer;
    }

    public INegotiationChannel Offerer => _offerer;

    public INegotiationChannel Answerer => _answerer;

    /// <summary>Stands in the place of every description that passes.</summary>
    public string? ReplacedDescription { get; init; }

    /// <summary>Comes to both sides behind the description.</summary>
    public string? AddedCandidate { get; init; }

    /// <summary>Whether what the answerer says waits for <see cref="LetAnswersPass"/>.</summary>
    public bool HoldsAnswers { get; init; }

    /// <summary>Completes when the answerer has sent its description.</summary>
    public Task Answered => _answerer.Described.Task;

    public void LetAnswersPass() => _answersMayPass.TrySetResult();

    private async Task DeliverAsync(End from, NegotiationMessage[] messages, bool isLast)
    {
        if (HoldsAnswers && from == _answerer) await _answersMayPass.Task;
        if (_random is not null)
        {
            TimeSpan delay;
            lock (_lock)
            {
                if (!isLast && _random.Next(2) == 0) return;
                delay = TimeSpan.FromMilliseconds(isLast ? MaxDelay : _random.Next(MaxDelay));
                _random.Shuffle(messages.AsSpan(1, messages.Length - 1 - (messages[^1].Kind == NegotiationMessageKind.EndOfCandidates ? 1 : 0)));
            }

            await Task.Delay(delay, TimeProvider.System);
        }

        lock (_lock) from.Peer.Receive(messages);
    }

    private const int MaxDelay = 60;

    private sealed class End(NegotiationPair owner) : INegotiationChannel
    {
        private readonly Channel<NegotiationMessage> _inbox = Channel.CreateUnbounded<NegotiationMessage>();
        private readonly List<NegotiationMessage> _sent = [];
        private readonly HashSet<NegotiationMessage> _received = [];

        public End Peer { get; set; } = null!;

        public TaskCompletionSource Described { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask SendAsync(NegotiationMessage message, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            NegotiationMessage[] all;
            lock (owner._lock)
            {
                if (message.Kind == NegotiationMessageKind.Description) _sent.Insert(0, Altered(message));
                else _sent.Add(message);
                if (_sent[0].Kind != NegotiationMessageKind.Description) return default;
                all = [.. _sent];
            }

            Described.TrySetResult();
            for (int copies = owner._random is null ? 0 : 2; copies >= 0; copies--) _ = owner.DeliverAsync(this, [.. all], isLast: copies == 0);
            return default;
        }

        public IAsyncEnumerable<NegotiationMessage> ReadAllAsync(CancellationToken cancellationToken = default) => _inbox.Reader.ReadAllAsync(cancellationToken);

        public void Receive(NegotiationMessage[] messages)
        {
            foreach (NegotiationMessage message in messages)
            {
                if (!_received.Add(message)) continue;
                _inbox.Writer.TryWrite(message);
                if (message.Kind == NegotiationMessageKind.Description && owner.AddedCandidate is { } added)
                    _inbox.Writer.TryWrite(new NegotiationMessage(NegotiationMessageKind.Candidate, added));
            }
        }

        private NegotiationMessage Altered(NegotiationMessage message) => owner.ReplacedDescription is { } text ? message with { Value = text } : message;
    }
}
