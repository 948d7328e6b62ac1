using System.Text.Json;

namespace BerOfChat.Sdk.Tests.Sessions.Noise;

/// <summary>XXpsk0 alone has no public vector: ours is pinned by a second implementation, which the public vector of XX vouches for.</summary>
public sealed class ObviousNoiseTests
{
    [Fact]
    public void The_second_implementation_reproduces_the_public_vectors_of_xx()
    {
        JsonElement[] vectors = [.. NoiseVectorTests.Read("noise-25519-aesgcm-sha256.json").Where(v => v.GetProperty("protocol_name").GetString() == "Noise_XX_25519_AESGCM_SHA256")];
        Assert.Equal(2, vectors.Length);
        foreach (JsonElement vector in vectors) Check(vector, null);
    }

    [Fact]
    public void The_second_implementation_reproduces_our_vector_of_xxpsk0()
    {
        JsonElement vector = NoiseVectorTests.Read("noise-xxpsk0.json").Single();
        Assert.Equal("Noise_XXpsk0_25519_AESGCM_SHA256", vector.GetProperty("protocol_name").GetString());
        Check(vector, Convert.FromHexString(vector.GetProperty("init_psks")[0].GetString()!));
    }

    private static void Check(JsonElement vector, byte[]? psk)
    {
        ObviousNoise.Keys keys = new(Hex("init_static"), Hex("resp_static"), Hex("init_ephemeral"), Hex("resp_ephemeral"));
        JsonElement[] messages = [.. vector.GetProperty("messages").EnumerateArray()];
        byte[][] payloads = [.. messages.Select(m => Convert.FromHexString(m.GetProperty("payload").GetString()!))];
        ObviousNoise.Transcript transcript = ObviousNoise.Run(psk, Hex("init_prologue"), keys, payloads[..3]);

        // After the handshake the responder goes on, and both keys count from zero.
        IEnumerable<byte[]> transport = payloads[3..].Select(
            (payload, i) => ObviousNoise.Seal(i % 2 == 0 ? transcript.ResponderKey : transcript.InitiatorKey, i / 2, [], payload));
        Assert.Equal(
            messages.Select(m => m.GetProperty("ciphertext").GetString()!),
            transcript.Messages.Concat(transport).Select(Convert.ToHexStringLower));
        if (vector.TryGetProperty("handshake_hash", out JsonElement hash)) Assert.Equal(hash.GetString(), Convert.ToHexStringLower(transcript.Hash));

        byte[] Hex(string name) => Convert.FromHexString(vector.GetProperty(name).GetString()!);
    }
}
