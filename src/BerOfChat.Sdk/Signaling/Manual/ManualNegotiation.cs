using System.Threading.Channels;

namespace BerOfChat.Signaling;

/// <summary>The negotiation of one link whose two messages people carry: keeps what this side says until all of it is there, and hands over what the other said.</summary>
internal sealed class ManualNegotiation : INegotiationChannel
{
    private readonly Lock _lock = new();
    private readonly List<string> _candidates = [];
    private readonly Channel<NegotiationMessage> _inbox = Channel.CreateUnbounded<NegotiationMessage>();
    private readonly TaskCompletionSource _described = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _description;

    /// <summary>Completes when this side's description is there.</summary>
    public Task Described => _described.Task;

    /// <summary>Completes when all of this side's addresses are known too.</summary>
    public Task Complete => _complete.Task;

    /// <summary>What this side says, with the addresses that are known by now. Null when it is nothing that a code can carry.</summary>
    public ManualDescription? Describe()
    {
        lock (_lock) return _description is not null && ManualDescription.TryCreate(_description, _candidates, out ManualDescription? description) ? description : null;
    }

    /// <summary>What the other side says.</summary>
    public void Deliver(ManualDescription description, bool isOffer)
    {
        _inbox.Writer.TryWrite(new NegotiationMessage(NegotiationMessageKind.Description, description.ToSdp(isOffer)));
        foreach (string candidate in description.ToCandidates()) _inbox.Writer.TryWrite(new NegotiationMessage(NegotiationMessageKind.Candidate, candidate));
        _inbox.Writer.TryWrite(new NegotiationMessage(NegotiationMessageKind.EndOfCandidates, ""));
    }

    public ValueTask SendAsync(NegotiationMessage message, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            switch (message.Kind)
            {
                case NegotiationMessageKind.Description:
                    _description = message.Value;
                    _described.TrySetResult();
                    break;
                case NegotiationMessageKind.Candidate:
                    _candidates.Add(message.Value);
                    break;
                default:
                    _complete.TrySetResult();
                    break;
            }
        }

        return ValueTask.CompletedTask;
    }

    public IAsyncEnumerable<NegotiationMessage> ReadAllAsync(CancellationToken cancellationToken = default) => _inbox.Reader.ReadAllAsync(cancellationToken);
}
