using BerOfChat.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Signaling;

public sealed class SignalingEnvelopeTests
{
    private static readonly SignalingTopicId s_topic = new([.. Enumerable.Repeat((byte)7, 32)]);
    private readonly SeededRandomSource _random = new(1);

    [Fact]
    public void The_vector_of_a_first_offer_opens_at_the_issuer()
    {
        using InviteKeys keys = RoomInvite.Parse(SignalingVectors.Text("invite")).DeriveKeys();
        using var issuer = new X25519PrivateKey(SignalingVectors.Hex("invitePrivateKey"));
        using var joiner = new X25519PrivateKey(SignalingVectors.Hex("joinerEphemeralPrivateKey"));
        Bytes32 e = Bytes32.Read(joiner.PublicKey.Span);
        using EnvelopeCipher cipher = keys.TryCreateCipher(issuer, e, e, EnvelopeDirection.ResponderToInitiator)!;

        Assert.True(cipher.TryOpen(keys.Topic, SignalingVectors.Base64("offerEnvelope"), out ReadOnlyMemory<byte> bytes));
        Assert.True(EnvelopeMessage.TryParse(bytes, out EnvelopeMessage? message));
        EnvelopeMessage.Offer offer = Assert.IsType<EnvelopeMessage.Offer>(message);
        Assert.Equal(UInt128.Parse("000102030405060708090a0b0c0d0e0f", System.Globalization.NumberStyles.HexNumber, null), offer.Id);
        Assert.Equal([(ushort)2], offer.Suites);
        Assert.Equal("sdp", offer.Description);
        Assert.Equal(["c"], offer.Candidates);
        Assert.Equal(bytes.ToArray(), offer.Encode());
    }

    [Fact]
    public void The_vector_of_a_pairs_ready_opens_at_the_other_device()
    {
        using var lower = new X25519PrivateKey(SignalingVectors.Hex("lowerDevicePrivateKey"));
        using var higher = new X25519PrivateKey(SignalingVectors.Hex("higherDevicePrivateKey"));
        using var keys = new PairKeys(new RoomId(SignalingVectors.Hex("room")), higher, Bytes32.Read(lower.PublicKey.Span));
        SignalingTopicId topic = keys.DeriveTopic(SignalingVectors.Number("day"));
        Assert.Equal(SignalingVectors.Text("pairTopic"), topic.ToString());

        byte[] envelope = SignalingVectors.Base64("readyEnvelope");
        Assert.True(EnvelopeHeader.TryParse(envelope, out EnvelopeHeader header));
        using Aes256Gcm key = keys.TryDeriveOpening(topic, header.Direction, header.Ephemeral)!;
        Assert.True(SignalingEnvelope.TryOpen(key, topic, envelope, out ReadOnlyMemory<byte> bytes));
        Assert.True(EnvelopeMessage.TryParse(bytes, out EnvelopeMessage? message));
        Assert.IsType<EnvelopeMessage.Ready>(message);
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(1, 512)]
    [InlineData(510, 512)]
    [InlineData(511, 1024)]
    [InlineData(1022, 1024)]
    [InlineData(8191, 16_384)]
    [InlineData(16_382, 16_384)]
    public void Lengths_are_hidden_in_six_sizes(int length, int padded)
    {
        using Aes256Gcm key = NewKey();
        byte[] message = new byte[length];
        _random.Fill(message);
        byte[] envelope = SignalingEnvelope.Seal(key, s_topic, Header, message, _random);
        Assert.Equal(34 + 12 + padded + 16, envelope.Length);
        Assert.True(SignalingEnvelope.TryOpen(key, s_topic, envelope, out ReadOnlyMemory<byte> opened));
        Assert.Equal(message, opened.ToArray());
    }

    [Fact]
    public void A_message_that_does_not_fit_is_the_callers_mistake()
    {
        using Aes256Gcm key = NewKey();
        Assert.Throws<ArgumentOutOfRangeException>(() => SignalingEnvelope.Seal(key, s_topic, Header, new byte[16_383], _random));
    }

    [Fact]
    public void Every_changed_byte_and_another_topic_is_refused()
    {
        using Aes256Gcm key = NewKey();
        byte[] envelope = SignalingEnvelope.Seal(key, s_topic, Header, "hello"u8, _random);
        for (int i = 0; i < envelope.Length; i++)
        {
            byte[] changed = [.. envelope];
            changed[i] ^= 1;
            Assert.False(SignalingEnvelope.TryOpen(key, s_topic, changed, out _), $"byte {i}");
        }

        Assert.False(SignalingEnvelope.TryOpen(key, new SignalingTopicId(new byte[32]), envelope, out _));
    }

    [Fact]
    public void Two_seals_of_the_same_message_share_no_nonce()
    {
        using Aes256Gcm key = NewKey();
        byte[] one = SignalingEnvelope.Seal(key, s_topic, Header, "hello"u8, _random);
        byte[] two = SignalingEnvelope.Seal(key, s_topic, Header, "hello"u8, _random);
        Assert.False(SignalingEnvelope.NonceOf(one).SequenceEqual(SignalingEnvelope.NonceOf(two)));
    }

    [Fact]
    public void Padding_that_is_not_zeros_is_refused()
    {
        byte[] padded = EnvelopePadding.Pad("hello"u8);
        padded[^1] = 1;
        Assert.False(EnvelopePadding.TryRemove(padded, out _));
        padded = EnvelopePadding.Pad("hello"u8);
        padded[0] = 0xFF;
        Assert.False(EnvelopePadding.TryRemove(padded, out _));
    }

    [Fact]
    public void Random_and_truncated_envelopes_never_throw()
    {
        using Aes256Gcm key = NewKey();
        byte[] envelope = SignalingEnvelope.Seal(key, s_topic, Header, "hello"u8, _random);
        for (int length = 0; length < envelope.Length; length++) Assert.False(SignalingEnvelope.TryOpen(key, s_topic, envelope.AsSpan(0, length), out _));
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] bytes = new byte[random.Next(20_000)];
            random.NextBytes(bytes);
            if (bytes.Length > 2) (bytes[0], bytes[1]) = (1, 1);
            Assert.False(SignalingEnvelope.TryOpen(key, s_topic, bytes, out _));
        }
    }

    [Fact]
    public void A_replay_filter_forgets_the_oldest_only()
    {
        var filter = new ReplayFilter();
        byte[] nonce = new byte[12];
        for (int i = 0; i <= ReplayFilter.Capacity; i++)
        {
            BitConverter.TryWriteBytes(nonce, i);
            filter.Add(default, nonce);
            Assert.True(filter.Contains(default, nonce));
        }

        Assert.False(filter.Contains(default, new byte[12]));
        BitConverter.TryWriteBytes(nonce, 1);
        Assert.True(filter.Contains(default, nonce));
    }

    [Fact]
    public void The_opening_budget_fills_up_again()
    {
        var budget = new OpeningBudget();
        for (int i = 0; i < OpeningBudget.Burst; i++) Assert.True(budget.TryTake(MonotonicTime.Zero));
        Assert.False(budget.TryTake(MonotonicTime.Zero));
        MonotonicTime later = MonotonicTime.Zero + TimeSpan.FromSeconds(0.1);
        for (int i = 0; i < OpeningBudget.PerSecond / 10; i++) Assert.True(budget.TryTake(later));
        Assert.False(budget.TryTake(later));
    }

    private static EnvelopeHeader Header => new(EnvelopeDirection.InitiatorToResponder, Bytes32.Read([.. Enumerable.Repeat((byte)9, 32)]));

    private static Aes256Gcm NewKey() => new([.. Enumerable.Repeat((byte)3, 32)]);
}
