using BerOfChat.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using Microsoft.Extensions.Time.Testing;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>The shells over in-process signaling: the attempts that both sides get belong together and carry messages.</summary>
public sealed class MeetingShellTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly InProcessSignaling _signaling = new();

    [Fact]
    public async Task An_invited_device_and_the_issuer_negotiate()
    {
        using var test = new CancellationTokenSource(s_patience);
        using IssuedInvite issued = NewInvite();
        await using InviteListener listener = NewListener(issued);
        await using InviteJoiner joiner = NewJoiner(RoomInvite.Parse(issued.Invite.ToString()));
        await using IAsyncEnumerator<ConnectionAttempt> incoming = listener.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        await using IAsyncEnumerator<ConnectionAttempt> outgoing = joiner.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();

        ValueTask<bool> waiting = incoming.MoveNextAsync();
        Assert.True(await outgoing.MoveNextAsync());
        ConnectionAttempt offerer = outgoing.Current;
        await offerer.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, "offer"), test.Token);
        Assert.True(await waiting);
        ConnectionAttempt answerer = incoming.Current;
        await answerer.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, "answer"), test.Token);
        await answerer.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Candidate, "candidate"), test.Token);

        Assert.Equal("offer", (await FirstAsync(answerer, test.Token)).Value);
        Assert.Equal("answer", (await FirstAsync(offerer, test.Token)).Value);
        Assert.Equal("candidate", (await FirstAsync(offerer, test.Token)).Value);
        Assert.Equal((PeerLinkRole.Offerer, PeerLinkRole.Answerer), (offerer.Role, answerer.Role));
        Assert.Equal((NegotiationSuites.Invite, NegotiationSuites.Invite), (offerer.Suite, answerer.Suite));
        Assert.Equal(offerer.Psk!.Value.ToArray(), answerer.Psk!.Value.ToArray());
        Assert.Equal(issued.Invite.AccountKey, offerer.ExpectedAccountKey);
        Assert.Same(issued, answerer.Invite);
    }

    [Fact]
    public async Task Two_devices_that_know_each_other_negotiate_and_meet_again_after_their_session()
    {
        using var test = new CancellationTokenSource(s_patience);
        using var alice = new Pair(_signaling);
        await using IAsyncEnumerator<ConnectionAttempt> offers = alice.Offerer.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        await using IAsyncEnumerator<ConnectionAttempt> answers = alice.Answerer.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();

        for (int round = 0; round < 2; round++)
        {
            ValueTask<bool> offering = offers.MoveNextAsync();
            ValueTask<bool> answering = answers.MoveNextAsync();
            Assert.True(await offering);
            await offers.Current.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, "offer"), test.Token);
            Assert.True(await answering);
            await answers.Current.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, "answer"), test.Token);
            Assert.Equal("offer", (await FirstAsync(answers.Current, test.Token)).Value);
            Assert.Equal("answer", (await FirstAsync(offers.Current, test.Token)).Value);
            Assert.Equal(alice.AnswererKey, offers.Current.ExpectedDeviceAgreementKey);

            offers.Current.MarkOpen();
            answers.Current.MarkOpen();
            alice.Offerer.NotifySessionOpen();
            alice.Answerer.NotifySessionOpen();
            await offers.Current.DisposeAsync();
            await answers.Current.DisposeAsync();
            Assert.True(offers.Current.Ended.IsCancellationRequested);
            alice.Offerer.NotifySessionClosed();
            alice.Answerer.NotifySessionClosed();
        }
    }

    [Fact]
    public async Task Who_has_a_session_hears_that_the_peer_looks_for_it()
    {
        using var test = new CancellationTokenSource(s_patience);
        using var pair = new Pair(_signaling);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Offerer.PeerReady += () => asked.TrySetResult();
        pair.Offerer.NotifySessionOpen();
        await using IAsyncEnumerator<ConnectionAttempt> offers = pair.Offerer.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        await using IAsyncEnumerator<ConnectionAttempt> answers = pair.Answerer.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        ValueTask<bool> offering = offers.MoveNextAsync();
        ValueTask<bool> answering = answers.MoveNextAsync();
        await asked.Task.WaitAsync(test.Token);
        Assert.False(offering.IsCompleted);

        await pair.Offerer.DisposeAsync();
        await pair.Answerer.DisposeAsync();
        Assert.False(await offering);
        Assert.False(await answering);
    }

    [Fact]
    public async Task Disposing_ends_attempts_and_streams_and_may_be_repeated()
    {
        using var test = new CancellationTokenSource(s_patience);
        using IssuedInvite issued = NewInvite();
        InviteJoiner joiner = NewJoiner(issued.Invite);
        await using IAsyncEnumerator<ConnectionAttempt> outgoing = joiner.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        Assert.True(await outgoing.MoveNextAsync());
        ConnectionAttempt attempt = outgoing.Current;
        ValueTask<bool> next = outgoing.MoveNextAsync();
        await joiner.DisposeAsync();
        await joiner.DisposeAsync();
        Assert.False(await next);
        Assert.True(attempt.Ended.IsCancellationRequested);
        await foreach (NegotiationMessage _ in attempt.Negotiation.ReadAllAsync(test.Token)) Assert.Fail("Nobody was there to send anything.");
        attempt.MarkOpen();
        await attempt.DisposeAsync();
        await attempt.DisposeAsync();
    }

    [Fact]
    public async Task A_topic_whose_link_is_lost_or_cannot_be_joined_is_joined_again_after_a_pause()
    {
        using var test = new CancellationTokenSource(s_patience);
        var time = new FakeTimeProvider();
        var signaling = new ScriptedSignaling();
        using IssuedInvite issued = NewInvite();
        await using var listener = new InviteListener(issued, [signaling], CryptographicRandomSource.Instance, time);
        await using IAsyncEnumerator<ConnectionAttempt> attempts = listener.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        ValueTask<bool> waiting = attempts.MoveNextAsync();
        await signaling.NextJoinAsync(test.Token);

        signaling.JoinFailure = new InvalidOperationException("Anything that a plug-in may throw.");
        signaling.BreakLinks();
        for (int i = 0; i < 3; i++) await JoinAfterPauseAsync();
        signaling.JoinFailure = null;
        await JoinAfterPauseAsync();
        Assert.False(waiting.IsCompleted);
        await listener.DisposeAsync();
        Assert.False(await waiting);

        Task JoinAfterPauseAsync() => AdvanceUntilJoinAsync(time, signaling, test.Token);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public async Task However_long_a_service_is_gone_and_takes_to_refuse_it_is_tried_every_few_seconds(int secondsToRefuse)
    {
        using var test = new CancellationTokenSource(s_patience);
        var time = new RecordingTimeProvider();
        var signaling = new ScriptedSignaling
        {
            Joining = () => time.Advance(TimeSpan.FromSeconds(secondsToRefuse)),
            JoinFailure = new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "gone"),
        };
        using IssuedInvite issued = NewInvite();
        await using var listener = new InviteListener(issued, [signaling], CryptographicRandomSource.Instance, time);
        await using IAsyncEnumerator<ConnectionAttempt> attempts = listener.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        ValueTask<bool> waiting = attempts.MoveNextAsync();
        await signaling.NextJoinAsync(test.Token);
        for (int i = 0; i < 10; i++) await AdvanceUntilJoinAsync(time, signaling, test.Token);
        await listener.DisposeAsync();
        Assert.False(await waiting);
        Assert.True(time.Pauses.Count >= 10);
        Assert.All(time.Pauses, pause => Assert.InRange(pause, TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(6.25)));
        Assert.True(time.Pauses.Max() > TimeSpan.FromSeconds(3), "The pauses do not grow.");
    }

    [Fact]
    public async Task A_topic_to_which_nothing_can_be_published_is_joined_again()
    {
        using var test = new CancellationTokenSource(s_patience);
        var time = new FakeTimeProvider();
        var signaling = new ScriptedSignaling { PublishFailure = new InvalidOperationException("Anything that a plug-in may throw.") };
        using IssuedInvite issued = NewInvite();
        await using var joiner = new InviteJoiner(issued.Invite, [signaling], CryptographicRandomSource.Instance, time);
        await using IAsyncEnumerator<ConnectionAttempt> attempts = joiner.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        Assert.True(await attempts.MoveNextAsync());
        await signaling.NextJoinAsync(test.Token);
        await attempts.Current.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, "offer"), test.Token);
        await AdvanceUntilJoinAsync(time, signaling, test.Token);
    }

    [Fact]
    public async Task A_nudge_ends_the_pause()
    {
        using var test = new CancellationTokenSource(s_patience);
        var signaling = new ScriptedSignaling { JoinFailure = new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "gone") };
        using IssuedInvite issued = NewInvite();
        await using var listener = new InviteListener(issued, [signaling], CryptographicRandomSource.Instance, new FakeTimeProvider());
        await using IAsyncEnumerator<ConnectionAttempt> attempts = listener.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        ValueTask<bool> waiting = attempts.MoveNextAsync();
        await signaling.NextJoinAsync(test.Token);
        while (signaling.TriedJoins == 0)
        {
            listener.Nudge();
            await Task.Yield();
            test.Token.ThrowIfCancellationRequested();
        }

        await listener.DisposeAsync();
        Assert.False(await waiting);
    }

    [Fact]
    public async Task Links_that_are_down_can_be_tried_again_at_once()
    {
        using var test = new CancellationTokenSource(s_patience);
        var signaling = new ScriptedSignaling { JoinFailure = new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "gone") };
        using var pair = new Pair(signaling, new FakeTimeProvider());
        await using IAsyncEnumerator<ConnectionAttempt> offers = pair.Offerer.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        ValueTask<bool> offering = offers.MoveNextAsync();
        for (int topic = 0; topic < 3; topic++) await signaling.NextJoinAsync(test.Token);
        while (signaling.TriedJoins == 0)
        {
            pair.Offerer.RetryLinks();
            await Task.Yield();
            test.Token.ThrowIfCancellationRequested();
        }

        await pair.Offerer.DisposeAsync();
        await pair.Answerer.DisposeAsync();
        Assert.False(await offering);
        Assert.Empty(signaling.Seen);
    }

    [Fact]
    public async Task An_attempt_without_an_answer_ends_after_thirty_seconds_and_the_next_one_begins()
    {
        using var test = new CancellationTokenSource(s_patience);
        var time = new FakeTimeProvider();
        using IssuedInvite issued = NewInvite();
        await using var joiner = new InviteJoiner(issued.Invite, [_signaling], CryptographicRandomSource.Instance, time);
        await using IAsyncEnumerator<ConnectionAttempt> attempts = joiner.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        Assert.True(await attempts.MoveNextAsync());
        ConnectionAttempt first = attempts.Current;
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(first.Ended.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(first.Ended.IsCancellationRequested);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await attempts.MoveNextAsync());
        Assert.NotSame(first, attempts.Current);
    }

    [Fact]
    public async Task Several_transports_are_used_at_once_and_one_that_is_down_does_not_matter()
    {
        using var test = new CancellationTokenSource(s_patience);
        var down = new ScriptedSignaling { JoinFailure = new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "gone") };
        using IssuedInvite issued = NewInvite();
        await using var listener = new InviteListener(issued, [_signaling, down], CryptographicRandomSource.Instance, TimeProvider.System);
        await using var joiner = new InviteJoiner(issued.Invite, [down, _signaling], CryptographicRandomSource.Instance, TimeProvider.System);
        await using IAsyncEnumerator<ConnectionAttempt> incoming = listener.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        await using IAsyncEnumerator<ConnectionAttempt> outgoing = joiner.ReadAttemptsAsync(test.Token).GetAsyncEnumerator();
        ValueTask<bool> waiting = incoming.MoveNextAsync();
        Assert.True(await outgoing.MoveNextAsync());
        await outgoing.Current.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, "offer"), test.Token);
        Assert.True(await waiting);
    }

    /// <summary>The link's loop may be between two steps when the time moves on, so it moves until the loop has come.</summary>
    private static async Task AdvanceUntilJoinAsync(FakeTimeProvider time, ScriptedSignaling signaling, CancellationToken cancellationToken)
    {
        while (signaling.TriedJoins == 0)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
        }

        await signaling.NextJoinAsync(cancellationToken);
    }

    private static IssuedInvite NewInvite() =>
        IssuedInvite.Create(Bytes32.Read(new byte[32]), DateTimeOffset.UnixEpoch.AddYears(100), 1, [], CryptographicRandomSource.Instance);

    private static async Task<NegotiationMessage> FirstAsync(ConnectionAttempt attempt, CancellationToken cancellationToken)
    {
        await foreach (NegotiationMessage message in attempt.Negotiation.ReadAllAsync(cancellationToken)) return message;
        throw new InvalidOperationException("The attempt ended.");
    }

    private InviteListener NewListener(IssuedInvite issued) => new(issued, [_signaling], CryptographicRandomSource.Instance, TimeProvider.System);

    private InviteJoiner NewJoiner(RoomInvite invite) => new(invite, [_signaling], CryptographicRandomSource.Instance, TimeProvider.System);

    /// <summary>Notes the pauses that somebody waits for.</summary>
    private sealed class RecordingTimeProvider : FakeTimeProvider
    {
        public System.Collections.Concurrent.ConcurrentQueue<TimeSpan> Pauses { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero) Pauses.Enqueue(dueTime);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    private sealed class Pair : IDisposable
    {
        private readonly X25519PrivateKey[] _keys;

        public Pair(ISignalingTransport signaling, TimeProvider? time = null)
        {
            _keys = [X25519PrivateKey.Generate(CryptographicRandomSource.Instance), X25519PrivateKey.Generate(CryptographicRandomSource.Instance)];
            if (Bytes32.Read(_keys[0].PublicKey.Span).CompareTo(Bytes32.Read(_keys[1].PublicKey.Span)) > 0) Array.Reverse(_keys);
            AnswererKey = Bytes32.Read(_keys[1].PublicKey.Span);
            Offerer = NewMeeting(_keys[0], AnswererKey, signaling, time);
            Answerer = NewMeeting(_keys[1], Bytes32.Read(_keys[0].PublicKey.Span), signaling, time);
        }

        public PairMeeting Offerer { get; }

        public PairMeeting Answerer { get; }

        public Bytes32 AnswererKey { get; }

        public void Dispose()
        {
            foreach (X25519PrivateKey key in _keys) key.Dispose();
        }

        private static PairMeeting NewMeeting(X25519PrivateKey device, Bytes32 peer, ISignalingTransport signaling, TimeProvider? time) =>
            new(new RoomId(new byte[32]), device, peer, [signaling], CryptographicRandomSource.Instance, time ?? TimeProvider.System);
    }
}
