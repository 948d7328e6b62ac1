using System.Text.Json;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.Sessions.Noise;

namespace BerOfChat.Sdk.Tests.Sessions.Noise;

/// <summary>The public vectors of the cacophony and snow projects, and our own one for XXpsk0.</summary>
public sealed class NoiseVectorTests
{
    private const int PublicVectorCount = 28;

    public static TheoryData<int, string> PublicVectors =>
        new(Read("noise-25519-aesgcm-sha256.json").Select((vector, index) => (index, vector.GetProperty("protocol_name").GetString()!)));

    [Fact]
    public void There_are_28_public_vectors() => Assert.Equal(PublicVectorCount, PublicVectors.Count);

    [Theory]
    [MemberData(nameof(PublicVectors))]
    public void A_public_vector_is_reproduced(int index, string protocolName)
    {
        NoisePattern pattern = NoisePatterns.Build(protocolName.Split('_')[1]);
        Assert.Equal(protocolName, pattern.ProtocolName);
        Replay(Read("noise-25519-aesgcm-sha256.json")[index], pattern);
    }

    [Fact]
    public void The_patterns_of_the_product_are_those_of_the_specification()
    {
        Assert.Equal(NoisePatterns.Build("XX").Messages, NoisePattern.XX.Messages);
        Assert.Equal(NoisePatterns.Build("XXpsk0").Messages, NoisePattern.XXpsk0.Messages);
        foreach (JsonElement vector in Read("noise-25519-aesgcm-sha256.json"))
        {
            if (vector.GetProperty("protocol_name").GetString() == NoisePattern.XX.ProtocolName) Replay(vector, NoisePattern.XX);
        }

        Replay(Read("noise-xxpsk0.json").Single(), NoisePattern.XXpsk0);
    }

    internal static JsonElement[] Read(string file)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Vectors", file);
        return [.. JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("vectors").EnumerateArray()];
    }

    private static void Replay(JsonElement vector, NoisePattern pattern)
    {
        using X25519PrivateKey? initiatorStatic = Key(vector, "init_static");
        using X25519PrivateKey? responderStatic = Key(vector, "resp_static");
        using HandshakeState initiator = Create(vector, pattern, isInitiator: true, initiatorStatic);
        using HandshakeState responder = Create(vector, pattern, isInitiator: false, responderStatic);
        (CipherState, CipherState)? transport = null;
        int turn = 0;
        foreach (JsonElement message in vector.GetProperty("messages").EnumerateArray())
        {
            byte[] payload = Hex(message, "payload");
            string expected = message.GetProperty("ciphertext").GetString()!;
            byte[] buffer = new byte[1024];
            byte[] opened = new byte[1024];
            bool isInitiator = turn++ % 2 == 0;
            if (initiator.IsComplete)
            {
                transport ??= Split(initiator, responder);
                CipherState cipher = isInitiator ? transport.Value.Item1 : transport.Value.Item2;
                cipher.Encrypt([], payload, buffer.AsSpan(0, payload.Length + CipherState.TagSize));
                Assert.Equal(expected, Convert.ToHexStringLower(buffer.AsSpan(0, payload.Length + CipherState.TagSize)));
                continue;
            }

            (HandshakeState writer, HandshakeState reader) = isInitiator ? (initiator, responder) : (responder, initiator);
            Assert.True(writer.TryWriteMessage(payload, buffer, out int written));
            Assert.Equal(expected, Convert.ToHexStringLower(buffer.AsSpan(0, written)));
            Assert.True(reader.TryReadMessage(buffer.AsSpan(0, written), opened, out int read));
            Assert.Equal(payload, opened[..read]);
        }

        Assert.NotNull(transport);
        transport.Value.Item1.Dispose();
        transport.Value.Item2.Dispose();
        if (vector.TryGetProperty("handshake_hash", out JsonElement hash)) Assert.Equal(hash.GetString(), Convert.ToHexStringLower(initiator.Hash));
    }

    private static (CipherState, CipherState) Split(HandshakeState initiator, HandshakeState responder)
    {
        byte[] first = new byte[32];
        byte[] second = new byte[32];
        byte[] firstThere = new byte[32];
        byte[] secondThere = new byte[32];
        initiator.Split(first, second);
        responder.Split(firstThere, secondThere);
        Assert.True(responder.IsComplete);
        Assert.Equal(first, firstThere);
        Assert.Equal(second, secondThere);
        Assert.Equal(initiator.Hash, responder.Hash);
        return (new CipherState(first), new CipherState(second));
    }

    private static HandshakeState Create(JsonElement vector, NoisePattern pattern, bool isInitiator, X25519PrivateKey? staticKey)
    {
        string side = isInitiator ? "init" : "resp";
        byte[] remote = vector.TryGetProperty($"{side}_remote_static", out _) ? Hex(vector, $"{side}_remote_static") : [];
        ReadOnlyMemory<byte>[] psks =
            vector.TryGetProperty($"{side}_psks", out JsonElement list) ? [.. list.EnumerateArray().Select(psk => Convert.FromHexString(psk.GetString()!))] : [];
        IRandomSource random = new FixedRandomSource(Hex(vector, $"{side}_ephemeral"));
        return new HandshakeState(pattern, isInitiator, Hex(vector, $"{side}_prologue"), staticKey, remote, psks, random);
    }

    private static X25519PrivateKey? Key(JsonElement vector, string name) => vector.TryGetProperty(name, out _) ? new X25519PrivateKey(Hex(vector, name)) : null;

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);
}
