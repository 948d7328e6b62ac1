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
    public void The_oldest_of_too_many_envelopes_is_forgotten_and_no_other()
    {
        var filter = new ReplayFilter();
        for (uint i = 0; i <= ReplayFilter.Capacity; i++) filter.Add(default, Nonce(i));
        Assert.False(filter.Contains(default, Nonce(0)));
        for (uint i = 1; i <= ReplayFilter.Capacity; i++) Assert.True(filter.Contains(default, Nonce(i)));
    }

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

    private static byte[] Nonce(uint number)
    {
        byte[] nonce = new byte[12];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(nonce, number);
        return nonce;
    }

    private static Bytes32 Account(int number)
    {
        byte[] bytes = new byte[Bytes32.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return Bytes32.Read(bytes);
    }
}
