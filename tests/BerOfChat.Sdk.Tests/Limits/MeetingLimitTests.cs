using BerOfChat.Client;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Limits;

/// <summary>What whoever is at a topic, or holds an invitation, can make this side keep.</summary>
public sealed class MeetingLimitTests
{
    [Fact]
    public void An_invitation_without_a_number_of_uses_ends_at_the_most_accounts()
    {
        using IssuedInvite invite = IssuedInvite.Create(default, DateTimeOffset.UnixEpoch.AddYears(60), 0, [], new SeededRandomSource(1));
        invite.State = invite.State with { AddedAccounts = [.. Enumerable.Range(1, InviteState.MaxAccounts - 1).Select(Account)] };
        Assert.Equal(InviteRedemption.Accepted, invite.CheckRedemption(isMember: false, DateTimeOffset.UnixEpoch));
        invite.State = invite.State.WithAccount(Account(InviteState.MaxAccounts));
        Assert.Equal(InviteRedemption.Used, invite.CheckRedemption(isMember: false, DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task Of_the_services_that_a_room_names_only_a_few_are_used()
    {
        await using var directory = new SignalingDirectory(new BerOfChatOptions());
        Assert.Equal(8, directory.For([.. Enumerable.Range(0, 100).Select(i => new Uri($"wss://signal{i}.example/"))]).Count);
    }

    [Fact]
    public void A_message_larger_than_the_largest_bucket_is_not_sealed()
    {
        Assert.Equal(EnvelopePadding.MaxPaddedSize, EnvelopePadding.Pad(new byte[EnvelopePadding.MaxMessageSize]).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => EnvelopePadding.Pad(new byte[EnvelopePadding.MaxMessageSize + 1]));
        Assert.False(EnvelopeHeader.TryParse([1, 1, .. new byte[2 * EnvelopePadding.MaxPaddedSize + 60]], out _));
    }

    [Fact]
    public async Task Of_envelopes_that_nobody_reads_the_oldest_are_dropped()
    {
        var signaling = new InProcessSignaling();
        var topic = new SignalingTopicId(new byte[SignalingTopicId.Size]);
        await using ISignalingTopic reader = await signaling.JoinAsync(topic, TestContext.Current.CancellationToken);
        await using ISignalingTopic writer = await signaling.JoinAsync(topic, TestContext.Current.CancellationToken);
        for (int i = 0; i < 2 * SignalingLimits.MaxUnread; i++) await writer.PublishAsync(BitConverter.GetBytes(i), TestContext.Current.CancellationToken);
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> unread = reader.ReadAllAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (int i = SignalingLimits.MaxUnread; i < 2 * SignalingLimits.MaxUnread; i++)
        {
            Assert.True(await unread.MoveNextAsync());
            Assert.Equal(i, BitConverter.ToInt32(unread.Current.Span));
        }
    }

    private static Bytes32 Account(int number)
    {
        byte[] bytes = new byte[Bytes32.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return Bytes32.Read(bytes);
    }
}
