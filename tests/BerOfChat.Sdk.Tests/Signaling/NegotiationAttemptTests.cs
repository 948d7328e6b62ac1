using BerOfChat.Primitives;
using BerOfChat.Signaling;

namespace BerOfChat.Sdk.Tests.Signaling;

public sealed class NegotiationAttemptTests
{
    private static readonly EnvelopeMessage.Offer s_offer = new(1, [2], "their offer", ["a"]);
    private static readonly EnvelopeMessage.Answer s_answer = new(1, 2, "their answer", ["b"]);

    [Fact]
    public void Nothing_is_sent_before_there_is_a_description()
    {
        NegotiationAttempt attempt = Begin();
        attempt.Send(Candidate("early"), At(0));
        Assert.Empty(Run(attempt, until: 5));
    }

    [Fact]
    public void An_offer_is_repeated_after_a_quarter_a_half_and_one_second_and_then_every_two()
    {
        NegotiationAttempt attempt = Begin();
        attempt.Send(Description("offer"), At(0));
        Assert.Equal([0, 0.25, 0.75, 1.75, 3.75, 5.75, 7.75], Run(attempt, until: 8).Select(sent => sent.Time));
    }

    [Fact]
    public void Candidates_that_are_found_together_travel_together_and_stay_in_every_copy()
    {
        NegotiationAttempt attempt = Begin();
        attempt.Send(Description("offer"), At(0));
        Run(attempt, until: 0);
        foreach (string candidate in new[] { "a", "b", "b" }) attempt.Send(Candidate(candidate), At(0.1));
        attempt.Send(new NegotiationMessage(NegotiationMessageKind.EndOfCandidates, ""), At(0.1));
        attempt.Send(Candidate("too late"), At(0.1));
        List<(double Time, EnvelopeMessage Message)> sent = Run(attempt, until: 1);
        Assert.Equal([0.12, 0.25, 0.75], sent.Select(s => s.Time));
        Assert.All(sent, s => Assert.Equal(["a", "b", ""], ((EnvelopeMessage.Offer)s.Message).Candidates));
    }

    [Fact]
    public void A_copy_only_adds_what_was_not_seen()
    {
        NegotiationAttempt attempt = NegotiationAttempt.Accept(s_offer, 2, At(0));
        Assert.Equal([Description("their offer"), Candidate("a")], Read(attempt));
        attempt.HandleOffer(s_offer);
        Assert.Empty(Read(attempt));
        attempt.HandleOffer(s_offer with { Candidates = ["a", "b", ""] });
        Assert.Equal([Candidate("b"), new NegotiationMessage(NegotiationMessageKind.EndOfCandidates, "")], Read(attempt));
        attempt.HandleOffer(s_offer with { Candidates = ["a", "b", "", "c"] });
        attempt.HandleOffer(s_offer with { Description = "another", Candidates = ["d"] });
        Assert.Empty(Read(attempt));
    }

    [Fact]
    public void The_answer_brings_the_suite()
    {
        NegotiationAttempt attempt = Begin();
        Assert.Equal(0, attempt.Suite);
        attempt.HandleAnswer(s_answer);
        Assert.Equal(2, attempt.Suite);
        Assert.Equal([Description("their answer"), Candidate("b")], Read(attempt));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_answer_without_an_offered_suite_ends_the_attempt(int suite)
    {
        NegotiationAttempt attempt = Begin();
        attempt.HandleAnswer(s_answer with { Suite = (ushort)suite });
        Assert.Equal(AttemptEnd.NoCommonSuite, attempt.End);
    }

    [Fact]
    public void A_second_different_answer_means_that_the_peer_restarted()
    {
        NegotiationAttempt attempt = Begin();
        attempt.HandleAnswer(s_answer);
        attempt.HandleAnswer(s_answer with { Description = "another" });
        Assert.Equal(AttemptEnd.PeerRestarted, attempt.End);
    }

    [Fact]
    public void An_attempt_ends_after_thirty_seconds_and_sends_nothing_more()
    {
        NegotiationAttempt attempt = Begin();
        attempt.Send(Description("offer"), At(0));
        Assert.Equal(29.75, Run(attempt, until: 100)[^1].Time);
        Assert.Equal(AttemptEnd.TimedOut, attempt.End);
        Assert.Null(attempt.NextTimeout);
    }

    [Fact]
    public void An_open_link_ends_repeats_and_limit()
    {
        NegotiationAttempt attempt = Begin();
        attempt.Send(Description("offer"), At(0));
        Run(attempt, until: 1);
        attempt.MarkOpen();
        Assert.Empty(Run(attempt, until: 100));
        Assert.False(attempt.IsOver);
        attempt.Finish(AttemptEnd.ByOwner);
        attempt.Finish(AttemptEnd.TimedOut);
        Assert.Equal(AttemptEnd.ByOwner, attempt.End);
    }

    [Fact]
    public void What_does_not_fit_in_an_envelope_is_left_out()
    {
        NegotiationAttempt attempt = Begin();
        attempt.Send(Description(new string('d', 10_000)), At(0));
        for (int i = 0; i < 200; i++) attempt.Send(Candidate($"{i} {new string('c', 200)}"), At(0));
        attempt.Send(new NegotiationMessage(NegotiationMessageKind.EndOfCandidates, ""), At(0));
        EnvelopeMessage message = Run(attempt, until: 1)[^1].Message;
        Assert.InRange(message.Encode().Length, 10_000, EnvelopePadding.MaxMessageSize);
        Assert.Equal("", ((EnvelopeMessage.Offer)message).Candidates[^1]);

        attempt = Begin();
        attempt.Send(Description("d"), At(0));
        for (int i = 0; i < 200; i++) attempt.Send(Candidate($"{i}"), At(0));
        attempt.Send(new NegotiationMessage(NegotiationMessageKind.EndOfCandidates, ""), At(0));
        Assert.Equal(EnvelopeMessage.MaxCandidates, ((EnvelopeMessage.Offer)Run(attempt, until: 1)[^1].Message).Candidates.Count);
    }

    [Fact]
    public void A_wrong_description_is_the_transports_mistake()
    {
        NegotiationAttempt attempt = Begin();
        Assert.Throws<ArgumentException>(() => attempt.Send(Description(""), At(0)));
        Assert.Throws<ArgumentException>(() => attempt.Send(Description(new string('d', 20_000)), At(0)));
        Assert.Throws<ArgumentException>(() => attempt.Send(Candidate(""), At(0)));
        attempt.Send(Description("one"), At(0));
        Assert.Throws<ArgumentException>(() => attempt.Send(Description("two"), At(0)));
    }

    private static NegotiationAttempt Begin() => NegotiationAttempt.Begin(1, [2], At(0));

    private static NegotiationMessage Description(string text) => new(NegotiationMessageKind.Description, text);

    private static NegotiationMessage Candidate(string text) => new(NegotiationMessageKind.Candidate, text);

    private static MonotonicTime At(double seconds) => new(TimeSpan.FromSeconds(seconds));

    private static List<NegotiationMessage> Read(NegotiationAttempt attempt)
    {
        var messages = new List<NegotiationMessage>();
        while (attempt.TryRead(out NegotiationMessage message)) messages.Add(message);
        return messages;
    }

    /// <summary>Drains the attempt, then goes from timeout to timeout; returns what was sent and when.</summary>
    private static List<(double Time, EnvelopeMessage Message)> Run(NegotiationAttempt attempt, double until)
    {
        var sent = new List<(double, EnvelopeMessage)>();
        MonotonicTime now = At(0);
        while (true)
        {
            while (attempt.TryWriteMessage(now, out EnvelopeMessage? message)) sent.Add((now.SinceStart.TotalSeconds, message!));
            if (attempt.NextTimeout is not { } next || next > At(until)) return sent;
            Assert.True(next > now, "A timeout that is not in the future would spin.");
            now = next;
            attempt.HandleTimeout(now);
        }
    }
}
