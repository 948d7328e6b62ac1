using System.Runtime.CompilerServices;
using BerOfChat.Testing.Transport;

namespace BerOfChat.Sdk.Tests.Contracts;

/// <summary>The ways in which a peer transport gets it wrong.</summary>
internal enum TransportFault
{
    None,
    LosesALane,
    SwapsRecords,
    CutsLargeRecords,
    AcceptsAnyRecord,
    KeepsTheCallersMemory,
    NeverWaits,
    GivesAllLanesOneRoom,
    SendsWhatWasCancelled,
    ClosesSilently,
    SaysLostWhenDisposed,
    WaitsForTheReaderWhenDisposed,
    IgnoresCancellation,
    CountsNothing,
    HasNoPatience,
    DoesNotWaitForTheAnswer,
    ThrowsOtherExceptions,
    FailsOnUnknownCandidates,
    NamesEachEndAnew,
    BindsToNothing,
    HasOneLinkOnly,
}

/// <summary>The transport in memory with one fault laid over it. Without one it keeps the contract, which a test shows.</summary>
internal sealed class BrokenTransport(TransportFault fault) : IPeerTransport
{
    private readonly InMemoryPeerTransport _inner = new();
    private readonly Dictionary<PeerLinkRole, IPeerLink> _first = [];

    public async ValueTask<IPeerLink> ConnectAsync(PeerLinkRole role, INegotiationChannel negotiation, CancellationToken cancellationToken = default)
    {
        CancellationToken token = fault == TransportFault.IgnoresCancellation ? CancellationToken.None : cancellationToken;
        INegotiationChannel channel = fault == TransportFault.FailsOnUnknownCandidates ? new StrictChannel(negotiation) : negotiation;
        if (fault == TransportFault.DoesNotWaitForTheAnswer && role == PeerLinkRole.Offerer) channel = new HastyChannel(negotiation);
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(token);
        if (fault == TransportFault.HasNoPatience) impatient.CancelAfter(TimeSpan.FromMilliseconds(30));
        try
        {
            IPeerLink link = new BrokenLink(fault, await _inner.ConnectAsync(role, channel, impatient.Token));
            lock (_first)
            {
                if (fault == TransportFault.HasOneLinkOnly && !_first.TryAdd(role, link)) return _first[role];
                return link;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BerOfChatException(BerOfChatErrorCode.ConnectionTimeout, "Nothing came.");
        }
        catch (BerOfChatException e) when (fault == TransportFault.ThrowsOtherExceptions)
        {
            throw new FormatException("What is this?", e);
        }
    }

    /// <summary>Takes its own offer for the answer.</summary>
    private sealed class HastyChannel(INegotiationChannel inner) : INegotiationChannel
    {
        private NegotiationMessage _offer;

        public ValueTask SendAsync(NegotiationMessage message, CancellationToken cancellationToken = default)
        {
            _offer = message;
            return inner.SendAsync(message, cancellationToken);
        }

        public async IAsyncEnumerable<NegotiationMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            yield return _offer;
        }
    }

    /// <summary>Reads all there is before it passes anything on, and accepts no candidate.</summary>
    private sealed class StrictChannel(INegotiationChannel inner) : INegotiationChannel
    {
        public ValueTask SendAsync(NegotiationMessage message, CancellationToken cancellationToken = default) => inner.SendAsync(message, cancellationToken);

        public async IAsyncEnumerable<NegotiationMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            List<NegotiationMessage> known = [];
            await foreach (NegotiationMessage message in inner.ReadAllAsync(cancellationToken))
            {
                if (message.Kind != NegotiationMessageKind.Description) throw new BerOfChatException(BerOfChatErrorCode.ConnectionFailed, "No such candidate.");
                known.Add(message);
            }

            foreach (NegotiationMessage message in known) yield return message;
        }
    }
}
