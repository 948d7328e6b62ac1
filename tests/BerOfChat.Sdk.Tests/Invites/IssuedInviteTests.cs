using BerOfChat.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Sdk.Tests.Signaling;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Invites;

public sealed class IssuedInviteTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_keys_of_the_vector_are_derived()
    {
        using InviteKeys keys = RoomInvite.Parse(SignalingVectors.Text("invite")).DeriveKeys();
        Assert.Equal(SignalingVectors.Text("psk"), Convert.ToHexStringLower(keys.Psk.Span));
        Assert.Equal(SignalingVectors.Text("topic"), keys.Topic.ToString());
        Assert.Equal(SignalingVectors.Text("inviteId"), keys.InviteId.ToString("x32", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Both_sides_derive_the_same_keys()
    {
        using IssuedInvite issued = Issue(uses: 1);
        using InviteKeys joiner = RoomInvite.Parse(issued.Invite.ToString()).DeriveKeys();
        Assert.Equal(issued.Keys.Psk.ToArray(), joiner.Psk.ToArray());
        Assert.Equal(issued.Keys.Topic, joiner.Topic);
        Assert.Equal(issued.InviteId, joiner.InviteId);
    }

    [Fact]
    public void A_row_of_the_store_brings_everything_back()
    {
        using IssuedInvite issued = Issue(uses: 5);
        InviteState state = InviteState.New.WithAccount(Account(1)).WithAccount(Account(2)).AsRevoked();
        Assert.True(IssuedInvite.TryDecode(issued.Encode(state), out IssuedInvite? restored));
        using (restored)
        {
            Assert.Equal(issued.Invite, restored.Invite);
            Assert.Equal(state.AddedAccounts, restored.State.AddedAccounts);
            Assert.True(restored.State.IsRevoked);
            Assert.Equal(issued.PrivateKey.PublicKey.ToArray(), restored.PrivateKey.PublicKey.ToArray());
        }
    }

    [Fact]
    public void A_damaged_row_is_refused_and_never_throws()
    {
        using IssuedInvite issued = Issue(uses: 1);
        byte[] row = issued.Encode(InviteState.New.WithAccount(Account(1)));
        for (int length = 0; length < row.Length; length++) Assert.False(IssuedInvite.TryDecode(row.AsMemory(0, length), out _));

        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] changed = [.. row];
            changed[random.Next(row.Length)] = (byte)random.Next(256);
            if (IssuedInvite.TryDecode(changed, out IssuedInvite? restored)) restored.Dispose();
        }
    }

    [Fact]
    public void A_private_key_of_another_invitation_is_refused()
    {
        using IssuedInvite one = Issue(uses: 1, seed: 1);
        using IssuedInvite other = Issue(uses: 1, seed: 2);
        byte[] row = one.Encode(InviteState.New);
        byte[] key = new byte[32];
        byte[] otherKey = new byte[32];
        one.PrivateKey.Export(key);
        other.PrivateKey.Export(otherKey);
        otherKey.CopyTo(row.AsSpan(row.AsSpan().IndexOf(key)));
        Assert.False(IssuedInvite.TryDecode(row, out _));
    }

    [Fact]
    public void An_invitation_is_redeemed_as_often_as_it_says()
    {
        using IssuedInvite issued = Issue(uses: 2);
        Assert.Equal(InviteRedemption.Accepted, issued.CheckRedemption(isMember: false, s_now));
        issued.State = issued.State.WithAccount(Account(1)).WithAccount(Account(1));
        Assert.Equal(InviteRedemption.AlreadyAdded, issued.CheckRedemption(isMember: true, s_now));
        Assert.Equal(InviteRedemption.Accepted, issued.CheckRedemption(isMember: false, s_now));
        issued.State = issued.State.WithAccount(Account(2));
        Assert.Equal(InviteRedemption.Used, issued.CheckRedemption(isMember: false, s_now));
    }

    [Fact]
    public void Who_is_in_the_room_may_come_again_after_expiry_and_revocation_and_who_is_not_any_more_may_not()
    {
        using IssuedInvite issued = Issue(uses: 0);
        issued.State = issued.State.WithAccount(Account(1));
        Assert.Equal(InviteRedemption.Expired, issued.CheckRedemption(isMember: false, issued.Invite.ExpiresAt.AddSeconds(1)));
        Assert.Equal(InviteRedemption.AlreadyAdded, issued.CheckRedemption(isMember: true, issued.Invite.ExpiresAt.AddDays(1)));
        issued.State = issued.State.AsRevoked();
        Assert.Equal(InviteRedemption.Revoked, issued.CheckRedemption(isMember: false, s_now));
        Assert.Equal(InviteRedemption.AlreadyAdded, issued.CheckRedemption(isMember: true, s_now));
    }

    [Fact]
    public void The_expiry_is_rounded_up_to_a_minute()
    {
        using IssuedInvite issued = IssuedInvite.Create(default, s_now.AddSeconds(1), 1, [], new SeededRandomSource(1));
        Assert.Equal(s_now.AddMinutes(1), issued.Invite.ExpiresAt);
    }

    [Fact]
    public void One_who_holds_the_invitation_can_neither_read_nor_forge_for_another()
    {
        using IssuedInvite issued = Issue(uses: 0);
        var random = new SeededRandomSource(7);
        using X25519PrivateKey alice = X25519PrivateKey.Generate(random);
        Bytes32 e = Bytes32.Read(alice.PublicKey.Span);
        using EnvelopeCipher fromAlice = issued.Keys.TryCreateCipher(alice, issued.Invite.PublicKey, e, EnvelopeDirection.InitiatorToResponder)!;
        using EnvelopeCipher atIssuer = issued.Keys.TryCreateCipher(issued.PrivateKey, e, e, EnvelopeDirection.ResponderToInitiator)!;
        byte[] offer = fromAlice.Seal(issued.Keys.Topic, e, "offer"u8, random);
        byte[] answer = atIssuer.Seal(issued.Keys.Topic, e, "answer"u8, random);
        Assert.True(atIssuer.TryOpen(issued.Keys.Topic, offer, out _));
        Assert.True(fromAlice.TryOpen(issued.Keys.Topic, answer, out _));

        // Mallory has the whole invitation, a key of her own, and every envelope.
        using InviteKeys stolen = RoomInvite.Parse(issued.Invite.ToString()).DeriveKeys();
        using X25519PrivateKey mallory = X25519PrivateKey.Generate(random);
        foreach (Bytes32 peer in new[] { issued.Invite.PublicKey, e })
        {
            foreach (EnvelopeDirection direction in Enum.GetValues<EnvelopeDirection>())
            {
                using EnvelopeCipher cipher = stolen.TryCreateCipher(mallory, peer, e, direction)!;
                Assert.False(cipher.TryOpen(issued.Keys.Topic, offer, out _));
                Assert.False(cipher.TryOpen(issued.Keys.Topic, answer, out _));
                Assert.False(atIssuer.TryOpen(issued.Keys.Topic, cipher.Seal(issued.Keys.Topic, e, "forged"u8, random), out _));
                Assert.False(fromAlice.TryOpen(issued.Keys.Topic, cipher.Seal(issued.Keys.Topic, e, "forged"u8, random), out _));
            }
        }
    }

    private static IssuedInvite Issue(int uses, int seed = 1) => IssuedInvite.Create(Account(9), s_now.AddDays(1), uses, [], new SeededRandomSource(seed));

    private static Bytes32 Account(byte number) => Bytes32.Read([.. Enumerable.Repeat(number, 32)]);
}
