using System.Net;
using BerOfChat.Storage;
using BerOfChat.WebRtc;
using Microsoft.Extensions.Time.Testing;

namespace BerOfChat.Client;

/// <summary>Two clients without any signaling, over real UDP on loopback: the test carries the codes.</summary>
public sealed class ManualSignalingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(120));

    private CancellationToken Token => _patience.Token;

    public void Dispose()
    {
        _patience.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Two_codes_bring_somebody_new_into_a_room()
    {
        await using BerOfChatClient alice = await OpenAsync();
        await using BerOfChatClient bob = await OpenAsync();
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);

        await using ManualOffer offer = await ManualSignaling.OfferAsync(atAlice, Token);
        await using ManualAnswer answer = await ManualSignaling.AnswerAsync(bob, offer.Code, Token);
        Assert.Equal(alice.Id, answer.IssuerId);
        Assert.Equal(bob.Id, (await offer.ConnectAsync(answer.Code, Token)).Id);
        Room atBob = await answer.WaitForRoomAsync(Token);

        Assert.Equal((atAlice.Id, "weekend"), (atBob.Id, atBob.Title));
        await ChatAsync(atAlice, atBob, RoomPosition.Start);
        Assert.Equal("host", Assert.Single(alice.GetConnections()).Statistics.Link.LocalCandidateType);
    }

    [Fact]
    public async Task The_answer_may_be_carried_for_a_while_although_both_devices_reach_each_other()
    {
        await using BerOfChatClient alice = await OpenAsync();
        await using BerOfChatClient bob = await OpenAsync();
        TaskCompletionSource reached = new();
        bob.ConnectionProgress += (_, e) =>
        {
            if (e.Stage == ConnectionStage.Path) reached.TrySetResult();
        };
        await using ManualOffer offer = await ManualSignaling.OfferAsync(await alice.CreateRoomAsync("weekend", Token), Token);
        await using ManualAnswer answer = await ManualSignaling.AnswerAsync(bob, offer.Code, Token);

        // Here encryption would begin if the answerer did not wait for the offerer, and time out while people talk.
        await reached.Task.WaitAsync(Token);
        Assert.Empty(bob.GetConnections());
        await offer.ConnectAsync(answer.Code, Token);
        await answer.WaitForRoomAsync(Token);
    }

    [Fact]
    public async Task Members_come_back_after_a_restart_of_both_whoever_makes_the_first_code()
    {
        await using (BerOfChatClient alice = await OpenAsync("alice.db"))
        await using (BerOfChatClient bob = await OpenAsync("bob.db"))
        {
            Room atBob = await ConnectAsync(await alice.CreateRoomAsync("weekend", Token), bob);
            await ChatAsync(Assert.Single(alice.Rooms), atBob, RoomPosition.Start);
        }

        await using BerOfChatClient aliceAgain = await OpenAsync("alice.db");
        await using BerOfChatClient bobAgain = await OpenAsync("bob.db");
        Room room = Assert.Single(bobAgain.Rooms);
        await room.SendAsync("written while away", Token);
        Room same = await ConnectAsync(room, aliceAgain);
        Assert.Same(Assert.Single(aliceAgain.Rooms), same);
        Assert.Equal("written while away", (await NextAsync(same, new RoomPosition(2))).Text);
        Assert.Equal(2, same.Members.Count);
    }

    [Fact]
    public async Task Every_wrong_text_says_what_is_wrong_and_leaves_the_code_usable()
    {
        await using BerOfChatClient alice = await OpenAsync();
        await using BerOfChatClient bob = await OpenAsync();
        Room atAlice = await alice.CreateRoomAsync("weekend", Token);
        Room atBob = await bob.CreateRoomAsync("other", Token);
        RoomInvite invite = await atAlice.CreateInviteAsync(cancellationToken: Token);
        await using ManualOffer offer = await ManualSignaling.OfferAsync(atAlice, Token);
        await using ManualOffer earlier = await ManualSignaling.OfferAsync(atAlice, Token);
        await using ManualOffer bobs = await ManualSignaling.OfferAsync(atBob, Token);
        await using ManualAnswer toEarlier = await ManualSignaling.AnswerAsync(bob, earlier.Code, Token);
        await using ManualAnswer answer = await ManualSignaling.AnswerAsync(bob, offer.Code, Token);
        await using ManualAnswer second = await ManualSignaling.AnswerAsync(bob, offer.Code, Token);

        await AssertRefusedAsync("hello", BerOfChatErrorCode.ManualCodeMalformed, "not a code");
        await AssertRefusedAsync(answer.Code[..^3], BerOfChatErrorCode.ManualCodeMalformed, "damaged");
        await AssertRefusedAsync(invite.ToString(), BerOfChatErrorCode.ManualCodeMismatch, "invitation");
        await AssertRefusedAsync(offer.Code + "\n", BerOfChatErrorCode.ManualCodeMismatch, "your own code");
        await AssertRefusedAsync(bobs.Code, BerOfChatErrorCode.ManualCodeMismatch, "first code");
        await AssertRefusedAsync(toEarlier.Code, BerOfChatErrorCode.ManualCodeMismatch, "another code");
        await offer.ConnectAsync(answer.Code, Token);
        await AssertRefusedAsync(answer.Code, BerOfChatErrorCode.ManualCodeUsed, "used already");
        await AssertRefusedAsync(second.Code, BerOfChatErrorCode.ManualCodeUsed, "answered already");

        await AssertNotAnsweredAsync("hello", BerOfChatErrorCode.ManualCodeMalformed, "not a code");
        await AssertNotAnsweredAsync(offer.Code[..^3], BerOfChatErrorCode.ManualCodeMalformed, "damaged");
        await AssertNotAnsweredAsync(invite.ToString(), BerOfChatErrorCode.ManualCodeMismatch, "invitation");
        await AssertNotAnsweredAsync(bobs.Code, BerOfChatErrorCode.ManualCodeMismatch, "your own code");
        await AssertNotAnsweredAsync(answer.Code, BerOfChatErrorCode.ManualCodeMismatch, "an answer");
        Assert.Equal(atAlice.Id, (await answer.WaitForRoomAsync(Token)).Id);

        async Task AssertRefusedAsync(string text, BerOfChatErrorCode code, string part)
        {
            BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(() => offer.ConnectAsync(text, Token));
            Assert.Equal(code, e.ErrorCode);
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
        }

        async Task AssertNotAnsweredAsync(string text, BerOfChatErrorCode code, string part)
        {
            BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(() => ManualSignaling.AnswerAsync(bob, text, Token));
            Assert.Equal(code, e.ErrorCode);
            Assert.Contains(part, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Old_codes_are_called_old_on_both_sides()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        await using BerOfChatClient alice = await OpenAsync(time: time);
        await using BerOfChatClient bob = await OpenAsync(time: time);
        await using ManualOffer offer = await ManualSignaling.OfferAsync(await alice.CreateRoomAsync("weekend", Token), Token);
        await using ManualAnswer answer = await ManualSignaling.AnswerAsync(bob, offer.Code, Token);
        Assert.Equal(time.GetUtcNow() + ManualSignaling.Lifetime, offer.ExpiresAt);
        Assert.Equal(offer.ExpiresAt, answer.ExpiresAt);

        time.Advance(ManualSignaling.Lifetime + TimeSpan.FromSeconds(1));
        BerOfChatException late = await Assert.ThrowsAsync<BerOfChatException>(() => offer.ConnectAsync(answer.Code, Token));
        Assert.Equal(BerOfChatErrorCode.ManualCodeExpired, late.ErrorCode);
        late = await Assert.ThrowsAsync<BerOfChatException>(() => ManualSignaling.AnswerAsync(bob, offer.Code, Token));
        Assert.Equal(BerOfChatErrorCode.ManualCodeExpired, late.ErrorCode);

        time.Advance(TimeSpan.FromMinutes(1));
        late = await Assert.ThrowsAsync<BerOfChatException>(() => answer.WaitForRoomAsync(Token));
        Assert.Equal(BerOfChatErrorCode.ConnectionTimeout, late.ErrorCode);
    }

    [Fact]
    public async Task Giving_up_and_closing_end_everything_at_any_time()
    {
        BerOfChatClient alice = await OpenAsync();
        BerOfChatClient bob = await OpenAsync();
        ManualOffer offer = await ManualSignaling.OfferAsync(await alice.CreateRoomAsync("weekend", Token), Token);
        ManualAnswer answer = await ManualSignaling.AnswerAsync(bob, offer.Code, Token);
        using (var impatient = new CancellationTokenSource())
        {
            Task<Room> waiting = answer.WaitForRoomAsync(impatient.Token);
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        Task<Room> joining = answer.WaitForRoomAsync(Token);
        await answer.DisposeAsync();
        await answer.DisposeAsync();
        Assert.Equal(BerOfChatErrorCode.Closed, (await Assert.ThrowsAsync<BerOfChatException>(() => joining)).ErrorCode);

        await using ManualAnswer another = await ManualSignaling.AnswerAsync(bob, offer.Code, Token);
        await bob.DisposeAsync();
        Assert.Equal(BerOfChatErrorCode.Closed, (await Assert.ThrowsAsync<BerOfChatException>(() => another.WaitForRoomAsync(Token))).ErrorCode);
        await Assert.ThrowsAsync<BerOfChatException>(() => ManualSignaling.AnswerAsync(bob, offer.Code, Token));

        await offer.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => offer.ConnectAsync(another.Code, Token));
        await offer.DisposeAsync();
        await alice.DisposeAsync();
    }

    private async Task<Room> ConnectAsync(Room room, BerOfChatClient other)
    {
        await using ManualOffer offer = await ManualSignaling.OfferAsync(room, Token);
        await using ManualAnswer answer = await ManualSignaling.AnswerAsync(other, offer.Code, Token);
        await offer.ConnectAsync(answer.Code, Token);
        return await answer.WaitForRoomAsync(Token);
    }

    private async Task ChatAsync(Room alice, Room bob, RoomPosition from)
    {
        await alice.SendAsync("hello", Token);
        Assert.Equal("hello", (await NextAsync(bob, from)).Text);
        await bob.SendAsync("hi", Token);
        Assert.Equal("hi", (await NextAsync(alice, new RoomPosition(from.Value + 1))).Text);
    }

    private async Task<RoomMessage> NextAsync(Room room, RoomPosition from)
    {
        await foreach (RoomMessage message in room.ReadMessagesAsync(from, Token)) return message;
        throw new InvalidOperationException("The stream has ended.");
    }

    private Task<BerOfChatClient> OpenAsync(string? file = null, TimeProvider? time = null) => BerOfChatClient.OpenAsync(
        new BerOfChatOptions
        {
            Transport = new WebRtcPeerTransport(new PeerConnectionOptions { BindAddresses = [IPAddress.Loopback] }),
            Store = file is null ? null : new SqliteMessageStore(_directory.File(file)),
            TimeProvider = time ?? TimeProvider.System,
        },
        Token);
}
