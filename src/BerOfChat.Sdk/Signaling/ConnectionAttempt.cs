using System.Security.Cryptography;
using System.Threading.Channels;
using BerOfChat.Invites;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>One attempt to connect to a peer: what the transport needs to make a link, and what the session then checks.</summary>
/// <remarks>
/// The owner connects with <see cref="Role"/> and <see cref="Negotiation"/>, giving up when <see cref="Ended"/> is cancelled; calls <see cref="MarkOpen"/> when
/// the link is open; and disposes the attempt when there is a session (after telling the meeting so) or when it failed. Until then it counts as the one
/// that runs. All members may be called from any thread.
/// </remarks>
internal sealed class ConnectionAttempt : IAsyncDisposable, INegotiationChannel
{
    private readonly MeetingShell _meeting;
    private readonly NegotiationAttempt _attempt;
    private readonly byte[]? _psk;
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<NegotiationMessage> _inbox = Channel.CreateUnbounded<NegotiationMessage>();     // bounded by the core
    private int _suite;
    private int _isOver;

    public ConnectionAttempt(MeetingShell meeting, NegotiationAttempt attempt, ReadOnlyMemory<byte>? psk)
    {
        _meeting = meeting;
        _attempt = attempt;
        _psk = psk?.ToArray();
        _suite = attempt.Suite;
        Role = attempt.Role;
        Ended = _ended.Token;
    }

    /// <summary>Who offers; the offerer is the Noise initiator.</summary>
    public PeerLinkRole Role { get; }

    public bool IsInitiator => Role == PeerLinkRole.Offerer;

    /// <summary>Carries descriptions and candidates to the peer and back, sealed.</summary>
    public INegotiationChannel Negotiation => this;

    /// <summary>The suites of the offer, as they stood there: both sides hash them.</summary>
    public IReadOnlyList<ushort> OfferedSuites => _attempt.OfferedSuites;

    /// <summary>The session suite; 0 until the answer has come. It is known when the link is open.</summary>
    public ushort Suite => (ushort)Volatile.Read(ref _suite);

    /// <summary>The Noise pre-shared key of an invitation; null among devices that know each other. Zeroed when the attempt is disposed.</summary>
    public ReadOnlyMemory<byte>? Psk => _psk is null ? (ReadOnlyMemory<byte>?)null : _psk;

    /// <summary>The account that must be on the other side; null where anybody with the invitation may be.</summary>
    public Bytes32? ExpectedAccountKey { get; init; }

    /// <summary>The agreement key that the peer's certificate must hold; null at first contact.</summary>
    public Bytes32? ExpectedDeviceAgreementKey { get; init; }

    /// <summary>The invitation that the peer answers, at its issuer.</summary>
    public IssuedInvite? Invite { get; init; }

    /// <summary>Cancelled when the attempt is over: after 30 s without a link, when the peer began another one, or when the meeting is disposed.</summary>
    public CancellationToken Ended { get; }

    public bool IsOver => Volatile.Read(ref _isOver) != 0;

    /// <summary>The link is open: stops the repeats and the time limit.</summary>
    public void MarkOpen() => _meeting.MarkOpen(_attempt);

    /// <summary>The attempt failed, before or after its link was open; the next one begins after a back-off.</summary>
    public void MarkFailed() => _meeting.Finish(_attempt);

    ValueTask INegotiationChannel.SendAsync(NegotiationMessage message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _meeting.Negotiate(_attempt, message);
        return ValueTask.CompletedTask;
    }

    IAsyncEnumerable<NegotiationMessage> INegotiationChannel.ReadAllAsync(CancellationToken cancellationToken) => _inbox.Reader.ReadAllAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        _meeting.Finish(_attempt);
        if (_psk is not null) CryptographicOperations.ZeroMemory(_psk);
        return ValueTask.CompletedTask;
    }

    /// <summary>Moves what the core has for the local transport. Called under the meeting's lock.</summary>
    internal void Pump()
    {
        Volatile.Write(ref _suite, _attempt.Suite);
        while (_attempt.TryRead(out NegotiationMessage message)) _inbox.Writer.TryWrite(message);
    }

    /// <summary>The core is done with the attempt. Called outside of the meeting's lock, because cancelling runs other people's code.</summary>
    internal void OnEnded()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0) return;
        _inbox.Writer.TryComplete();
        _ended.Cancel();
        _ended.Dispose();
    }
}
