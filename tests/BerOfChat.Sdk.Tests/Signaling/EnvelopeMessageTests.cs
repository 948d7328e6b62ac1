using System.Buffers;
using BerOfChat.Identity;
using BerOfChat.Signaling;
using BerOfChat.Simulation;
using MessagePack;

namespace BerOfChat.Sdk.Tests.Signaling;

public sealed class EnvelopeMessageTests
{
    private static readonly EnvelopeMessage.Offer s_offer = new(42, [2, 258], "v=0", ["one", "two", ""]);

    [Fact]
    public void Each_message_comes_back_as_it_was()
    {
        Assert.IsType<EnvelopeMessage.Ready>(Parse(new EnvelopeMessage.Ready().Encode()));

        var offer = Assert.IsType<EnvelopeMessage.Offer>(Parse(s_offer.Encode()));
        Assert.Equal((s_offer.Id, s_offer.Description), (offer.Id, offer.Description));
        Assert.Equal(s_offer.Suites, offer.Suites);
        Assert.Equal(s_offer.Candidates, offer.Candidates);

        var answer = Assert.IsType<EnvelopeMessage.Answer>(Parse(new EnvelopeMessage.Answer(UInt128.MaxValue, 2, "v=0", ["x"]).Encode()));
        Assert.Equal((UInt128.MaxValue, (ushort)2, "v=0"), (answer.Id, answer.Suite, answer.Description));
        Assert.Equal(["x"], answer.Candidates);

        using LocalIdentity identity = LocalIdentity.Create(new SeededRandomSource(1), DateTimeOffset.UnixEpoch);
        var knock = Assert.IsType<EnvelopeMessage.Knock>(Parse(new EnvelopeMessage.Knock(identity.Certificate).Encode()));
        Assert.Equal(identity.Certificate.Bytes.ToArray(), knock.Certificate.Bytes.ToArray());
    }

    [Fact]
    public void Extra_elements_are_ignored_and_unknown_types_dropped()
    {
        Assert.IsType<EnvelopeMessage.Ready>(Parse(Write((ref MessagePackWriter w) =>
        {
            w.WriteArrayHeader(2);
            w.Write(1);
            w.Write("later");
        })));
        Assert.Null(Parse(Write((ref MessagePackWriter w) =>
        {
            w.WriteArrayHeader(2);
            w.Write(5);
            w.Write(new byte[183].AsSpan());
        })));
    }

    [Fact]
    public void A_knock_with_a_certificate_that_does_not_verify_is_dropped()
    {
        using LocalIdentity identity = LocalIdentity.Create(new SeededRandomSource(1), DateTimeOffset.UnixEpoch);
        byte[] whole = new EnvelopeMessage.Knock(identity.Certificate).Encode();
        for (int i = whole.Length - DeviceCertificate.Size; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 1;
            Assert.False(Parse(changed) is EnvelopeMessage.Knock, $"byte {i}");
        }
    }

    [Fact]
    public void Deep_nesting_after_a_message_is_not_even_looked_at()
    {
        byte[] bytes = [0x92, 0x01, .. Enumerable.Repeat((byte)0x91, 16_000)];
        Assert.IsType<EnvelopeMessage.Ready>(Parse(bytes));
    }

    [Fact]
    public void Too_many_suites_or_candidates_are_refused()
    {
        string[] candidates = [.. Enumerable.Range(0, EnvelopeMessage.MaxCandidates + 1).Select(i => $"{i}")];
        Assert.Null(Parse((s_offer with { Candidates = candidates }).Encode()));
        Assert.NotNull(Parse((s_offer with { Candidates = candidates[1..] }).Encode()));
        Assert.Null(Parse((s_offer with { Suites = [] }).Encode()));
        Assert.Null(Parse((s_offer with { Suites = new ushort[EnvelopeMessage.MaxSuites + 1] }).Encode()));
    }

    [Fact]
    public void Truncated_and_random_messages_never_throw()
    {
        byte[] bytes = s_offer.Encode();
        for (int length = 0; length < bytes.Length; length++) Assert.Null(Parse(bytes[..length]));

        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. bytes];
            for (int n = random.Next(1, 4); n > 0; n--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            _ = EnvelopeMessage.TryParse(changed, out _);
            random.NextBytes(changed);
            changed[0] = (byte)(0x90 + random.Next(16));
            changed[1] = (byte)random.Next(1, 5);
            _ = EnvelopeMessage.TryParse(changed, out _);
        }
    }

    private delegate void Writing(ref MessagePackWriter writer);

    private static byte[] Write(Writing write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static EnvelopeMessage? Parse(byte[] bytes) => EnvelopeMessage.TryParse(bytes, out EnvelopeMessage? message) ? message : null;
}
