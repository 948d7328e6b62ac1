using Xunit;

namespace BerOfChat.Testing.Transport;

#pragma warning disable CS1591 // The names of the tests are their documentation.

/// <summary>What every <see cref="IPeerTransport"/> must do. Derive a test class, say how to make one, and run it.</summary>
public abstract class PeerTransportContract : PeerLinkContract
{
    [Theory]
    [InlineData(PeerLinkRole.Offerer)]
    [InlineData(PeerLinkRole.Answerer)]
    public async Task Either_side_may_begin(PeerLinkRole first)
    {
        using CancellationTokenSource test = Start();
        var negotiation = new NegotiationPair();
        IPeerTransport alice = await CreateTransportAsync(test.Token);
        IPeerTransport bob = await CreateTransportAsync(test.Token);
        bool isOffererFirst = first == PeerLinkRole.Offerer;
        Task<IPeerLink> early = alice.ConnectAsync(first, isOffererFirst ? negotiation.Offerer : negotiation.Answerer, test.Token).AsTask();
        await Task.Delay(Quiet, TimeProvider.System, test.Token);
        Assert.False(early.IsCompleted, "One side alone has made a link.");
        PeerLinkRole second = isOffererFirst ? PeerLinkRole.Answerer : PeerLinkRole.Offerer;
        Task<IPeerLink> late = bob.ConnectAsync(second, isOffererFirst ? negotiation.Answerer : negotiation.Offerer, test.Token).AsTask();
        await using var link = new LinkPair(await early.WaitAsync(test.Token), await late.WaitAsync(test.Token), test.Token);
        await AssertWorksAsync(link, test.Token);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Negotiation_may_be_slow_and_lossy_and_candidates_out_of_order(int seed)
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token, new NegotiationPair(seed));
        await AssertWorksAsync(link, test.Token);
    }

    [Fact]
    public async Task The_offerer_waits_for_the_answer()
    {
        using CancellationTokenSource test = Start();
        var negotiation = new NegotiationPair { HoldsAnswers = true };
        IPeerTransport alice = await CreateTransportAsync(test.Token);
        IPeerTransport bob = await CreateTransportAsync(test.Token);
        Task<IPeerLink> offering = alice.ConnectAsync(PeerLinkRole.Offerer, negotiation.Offerer, test.Token).AsTask();
        Task<IPeerLink> answering = bob.ConnectAsync(PeerLinkRole.Answerer, negotiation.Answerer, test.Token).AsTask();
        await negotiation.Answered.WaitAsync(test.Token);
        await Task.Delay(Quiet, TimeProvider.System, test.Token);
        Assert.False(offering.IsCompleted, "The offerer has a link, but not the answer: the session would not know its suite.");
        negotiation.LetAnswersPass();
        await using var link = new LinkPair(await offering.WaitAsync(test.Token), await answering.WaitAsync(test.Token), test.Token);
        await AssertWorksAsync(link, test.Token);
    }

    [Fact]
    public async Task A_description_that_cannot_be_read_fails_the_attempt()
    {
        using CancellationTokenSource test = Start();
        var negotiation = new NegotiationPair { ReplacedDescription = "this describes nothing" };
        await negotiation.Offerer.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, ""), test.Token);
        await negotiation.Answerer.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, ""), test.Token);
        foreach ((PeerLinkRole role, INegotiationChannel channel) in new[] { (PeerLinkRole.Offerer, negotiation.Offerer), (PeerLinkRole.Answerer, negotiation.Answerer) })
        {
            IPeerTransport transport = await CreateTransportAsync(test.Token);
            BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(() => transport.ConnectAsync(role, channel, test.Token).AsTask().WaitAsync(test.Token));
            Assert.Equal(BerOfChatErrorCode.ConnectionFailed, e.ErrorCode);
        }
    }

    [Fact]
    public async Task A_candidate_that_cannot_be_read_is_left_out()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token, new NegotiationPair { AddedCandidate = "no candidate at all" });
        await AssertWorksAsync(link, test.Token);
    }

    [Theory]
    [InlineData(PeerLinkRole.Offerer)]
    [InlineData(PeerLinkRole.Answerer)]
    public async Task Connecting_can_be_cancelled_and_leaves_nothing_in_the_way(PeerLinkRole role)
    {
        using CancellationTokenSource test = Start();
        IPeerTransport transport = await CreateTransportAsync(test.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => transport.ConnectAsync(role, new NegotiationPair().Offerer, new CancellationToken(canceled: true)).AsTask().WaitAsync(Patience));

        using var giveUp = new CancellationTokenSource();
        Task<IPeerLink> connecting = transport.ConnectAsync(role, new NegotiationPair().Offerer, giveUp.Token).AsTask();
        await Task.Delay(Quiet, TimeProvider.System, test.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(Patience));
        await using LinkPair link = await LinkPair.ConnectAsync(transport, await CreateTransportAsync(test.Token), new NegotiationPair(), test.Token);
        await AssertWorksAsync(link, test.Token);
    }

    [Fact]
    public async Task Both_sides_know_the_same_binding_crosswise()
    {
        using CancellationTokenSource test = Start();
        await using LinkPair link = await ConnectAsync(test.Token);
        (ChannelBinding ours, ChannelBinding theirs) = (link.Offerer.Binding, link.Answerer.Binding);
        Assert.Equal((ours.Kind, ours.Context), (theirs.Kind, theirs.Context));
        Assert.Equal(ours.LocalFingerprint.ToArray(), theirs.RemoteFingerprint.ToArray());
        Assert.Equal(ours.RemoteFingerprint.ToArray(), theirs.LocalFingerprint.ToArray());
    }

    [Fact]
    public async Task No_two_links_have_the_same_binding()
    {
        using CancellationTokenSource test = Start();
        IPeerTransport alice = await CreateTransportAsync(test.Token);
        IPeerTransport bob = await CreateTransportAsync(test.Token);
        await using LinkPair one = await LinkPair.ConnectAsync(alice, bob, new NegotiationPair(), test.Token);
        await using LinkPair other = await LinkPair.ConnectAsync(alice, bob, new NegotiationPair(), test.Token);
        IPeerLink[] ends = [one.Offerer, one.Answerer, other.Offerer, other.Answerer];
        string[] names = [.. ends.Select(end => $"{end.Binding.Kind} {Fingerprints(end.Binding)} {end.Binding.Context}")];
        Assert.Equal(2, names.Distinct().Count());
    }

    [Fact]
    public async Task Links_at_the_same_time_do_not_mix()
    {
        using CancellationTokenSource test = Start();
        IPeerTransport alice = await CreateTransportAsync(test.Token);
        IPeerTransport bob = await CreateTransportAsync(test.Token);
        LinkPair[] links = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => LinkPair.ConnectAsync(alice, bob, new NegotiationPair(), test.Token)));
        LinkReader[] readers = [.. links.Select(link => new LinkReader(link.Answerer, test.Token))];
        for (int i = 0; i < links.Length; i++) await links[i].Offerer.SendAsync(PeerLane.Live, new[] { (byte)i }, test.Token);
        for (int i = 0; i < links.Length; i++) Assert.Equal([(byte)i], (await readers[i].NextAsync())!.Value.Bytes);

        await links[0].DisposeAsync();
        await links[1].Offerer.SendAsync(PeerLane.Live, new byte[] { 8 }, test.Token);
        Assert.Equal([8], (await readers[1].NextAsync())!.Value.Bytes);
        foreach (LinkReader reader in readers) await reader.DisposeAsync();
        foreach (LinkPair link in links) await link.DisposeAsync();
    }

    private static string Fingerprints(ChannelBinding binding) =>
        string.Join(' ', new[] { binding.LocalFingerprint, binding.RemoteFingerprint }.Select(fingerprint => Convert.ToHexString(fingerprint.Span)).Order());
}
