using System.Text;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>One side of one attempt to connect: one offer and one answer with the same random id, each repeated until the link is open.</summary>
/// <remarks>
/// A core: repeats after 0.25, 0.5 and 1 s, then every 2 s, and shortly after it found a candidate, always with all candidates so far. A copy from
/// the peer only adds candidates that were not seen. Ends by itself after <see cref="Limit"/>.
/// </remarks>
internal sealed class NegotiationAttempt
{
    /// <summary>How long an attempt may take until its link is open.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly DeadlineTable<AttemptTimer> _timers = new();
    private readonly List<string> _localCandidates = [];
    private readonly HashSet<string> _remoteCandidates = new(StringComparer.Ordinal);
    private readonly Queue<NegotiationMessage> _inbox = new();
    private string? _localDescription;
    private string? _remoteDescription;
    private int _localSize;
    private int _repeats;
    private bool _isDue;

    private NegotiationAttempt(UInt128 id, PeerLinkRole role, IReadOnlyList<ushort> offeredSuites, ushort suite, MonotonicTime now)
    {
        Id = id;
        Role = role;
        Suite = suite;
        OfferedSuites = offeredSuites;
        _timers.Set(AttemptTimer.Limit, now + Limit);
    }

    /// <summary>Begins an attempt as the offerer.</summary>
    public static NegotiationAttempt Begin(UInt128 id, IReadOnlyList<ushort> suites, MonotonicTime now) =>
        new(id, PeerLinkRole.Offerer, suites, NegotiationSuites.None, now);

    /// <summary>Takes part in the attempt that <paramref name="offer"/> began, with a suite chosen from it.</summary>
    public static NegotiationAttempt Accept(EnvelopeMessage.Offer offer, ushort suite, MonotonicTime now)
    {
        var attempt = new NegotiationAttempt(offer.Id, PeerLinkRole.Answerer, offer.Suites, suite, now);
        attempt.HandleRemote(offer.Description, offer.Candidates);
        return attempt;
    }

    /// <summary>Random; equal on both sides.</summary>
    public UInt128 Id { get; }

    public PeerLinkRole Role { get; }

    /// <summary>The suites of the offer, as they stood there.</summary>
    public IReadOnlyList<ushort> OfferedSuites { get; }

    /// <summary>The chosen suite; 0 at the offerer until the answer has come.</summary>
    public ushort Suite { get; private set; }

    /// <summary>Whether the owner has reported an open link. Nothing is repeated any more, and there is no limit.</summary>
    public bool IsOpen { get; private set; }

    public bool IsOver => End != AttemptEnd.None;

    public AttemptEnd End { get; private set; }

    /// <summary>A message of the local transport for the peer. What comes after the end of candidates, or exceeds what one envelope holds, is left out.</summary>
    /// <exception cref="ArgumentException">The description alone does not fit in an envelope, or there are two.</exception>
    public void Send(NegotiationMessage message, MonotonicTime now)
    {
        if (IsOver || IsOpen) return;
        switch (message.Kind)
        {
            case NegotiationMessageKind.Description:
                SetLocalDescription(message.Value);
                break;
            case NegotiationMessageKind.Candidate when message.Value.Length > 0:
                AddLocalCandidate(message.Value, EnvelopeMessage.MaxCandidates - 1, now);
                break;
            case NegotiationMessageKind.EndOfCandidates:
                AddLocalCandidate("", EnvelopeMessage.MaxCandidates, now);
                break;
            default:
                throw new ArgumentException("A candidate is not empty.", nameof(message));
        }
    }

    /// <summary>A copy of the offer that this attempt accepted.</summary>
    public void HandleOffer(EnvelopeMessage.Offer offer)
    {
        if (Role == PeerLinkRole.Answerer && offer.Description == _remoteDescription) HandleRemote(offer.Description, offer.Candidates);
    }

    /// <summary>The answer to our offer, or a copy of it.</summary>
    public void HandleAnswer(EnvelopeMessage.Answer answer)
    {
        if (IsOver || IsOpen || Role != PeerLinkRole.Offerer) return;
        if (_remoteDescription is not null && (answer.Suite != Suite || answer.Description != _remoteDescription))
        {
            Finish(AttemptEnd.PeerRestarted);
            return;
        }

        if (!OfferedSuites.Contains(answer.Suite))
        {
            Finish(AttemptEnd.NoCommonSuite);
            return;
        }

        Suite = answer.Suite;
        HandleRemote(answer.Description, answer.Candidates);
    }

    /// <summary>Sends the message once more, because there is somebody or some way new to reach.</summary>
    public void Repeat() => _isDue |= _localDescription is not null && !IsOver && !IsOpen;

    /// <summary>The link is open: the peer has all it needs.</summary>
    public void MarkOpen()
    {
        if (IsOver) return;
        IsOpen = true;
        StopSending();
    }

    /// <summary>Ends the attempt; the first reason stays.</summary>
    public void Finish(AttemptEnd end)
    {
        if (IsOver) return;
        End = end;
        StopSending();
        _inbox.Clear();
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (_timers.TryExpire(AttemptTimer.Limit, now)) Finish(AttemptEnd.TimedOut);
        if (IsOver) return;

        _isDue |= _timers.TryExpire(AttemptTimer.Candidates, now);
        _isDue |= _timers.TryExpire(AttemptTimer.Repeat, now);
    }

    /// <summary>Takes the message that is due for the peer.</summary>
    public bool TryWriteMessage(MonotonicTime now, out EnvelopeMessage? message)
    {
        message = null;
        if (!_isDue) return false;
        _isDue = false;
        _timers.Stop(AttemptTimer.Candidates);
        if (!_timers.IsSet(AttemptTimer.Repeat)) _timers.Set(AttemptTimer.Repeat, now + s_gaps[Math.Min(_repeats++, s_gaps.Length - 1)]);

        string[] candidates = [.. _localCandidates];
        message = Role == PeerLinkRole.Offerer
            ? new EnvelopeMessage.Offer(Id, OfferedSuites, _localDescription!, candidates)
            : new EnvelopeMessage.Answer(Id, Suite, _localDescription!, candidates);
        return true;
    }

    /// <summary>Takes a message of the peer for the local transport: the description first, each candidate once.</summary>
    public bool TryRead(out NegotiationMessage message) => _inbox.TryDequeue(out message);

    public MonotonicTime? NextTimeout => _timers.Next;

    private void SetLocalDescription(string description)
    {
        if (_localDescription is not null) throw new ArgumentException("An attempt has one description of each side.", nameof(description));
        if (description.Length == 0 || Encoding.UTF8.GetByteCount(description) > MaxTextSize - _localSize)
            throw new ArgumentException($"A description has 1 to {MaxTextSize} bytes.", nameof(description));
        _localDescription = description;
        _localSize += Encoding.UTF8.GetByteCount(description);
        _isDue = true;
    }

    private void AddLocalCandidate(string candidate, int limit, MonotonicTime now)
    {
        int size = Encoding.UTF8.GetByteCount(candidate) + MessagePackStringOverhead;
        bool isClosed = _localCandidates is [.., ""];
        if (isClosed || _localCandidates.Count >= limit || _localCandidates.Contains(candidate)) return;
        if (candidate.Length > 0 && _localSize + size > MaxTextSize) return;

        _localSize += size;
        _localCandidates.Add(candidate);
        if (_localDescription is not null && !_timers.IsSet(AttemptTimer.Candidates)) _timers.Set(AttemptTimer.Candidates, now + s_gathering);
    }

    private void HandleRemote(string description, IReadOnlyList<string> candidates)
    {
        if (IsOver || IsOpen || description.Length == 0) return;
        if (_remoteDescription is null)
        {
            _remoteDescription = description;
            _inbox.Enqueue(new NegotiationMessage(NegotiationMessageKind.Description, description));
        }

        foreach (string candidate in candidates)
        {
            if (_remoteCandidates.Contains("") || _remoteCandidates.Count >= EnvelopeMessage.MaxCandidates || !_remoteCandidates.Add(candidate)) continue;
            NegotiationMessageKind kind = candidate.Length == 0 ? NegotiationMessageKind.EndOfCandidates : NegotiationMessageKind.Candidate;
            _inbox.Enqueue(new NegotiationMessage(kind, candidate));
        }
    }

    private void StopSending()
    {
        _isDue = false;
        foreach (AttemptTimer timer in Enum.GetValues<AttemptTimer>()) _timers.Stop(timer);
    }

    private enum AttemptTimer
    {
        Repeat,
        Candidates,
        Limit,
    }

    /// <summary>The room for a description and its candidates in one envelope; the rest is for id, suites and array headers.</summary>
    public const int MaxTextSize = EnvelopePadding.MaxMessageSize - 256;

    private const int MessagePackStringOverhead = 5;

    // Candidates come in bursts: those of one burst travel together.
    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan[] s_gaps =
    [
        TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2),
    ];
}
