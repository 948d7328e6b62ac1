using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace BerOfChat.Sdk.Tests.Sessions.Noise;

/// <summary>
/// Noise XX and XXpsk0 written a second time, straight from the specification and RFC 7748, for someone who knows the private keys of both sides. Slow
/// and not constant-time: it only says what the right bytes are.
/// </summary>
internal sealed class ObviousNoise
{
    private byte[] _hash;
    private byte[] _chainingKey;
    private byte[]? _key;
    private int _nonce;

    private ObviousNoise(string protocolName)
    {
        byte[] name = Encoding.ASCII.GetBytes(protocolName);
        _hash = name.Length > 32 ? SHA256.HashData(name) : [.. name, .. new byte[32 - name.Length]];
        _chainingKey = _hash;
    }

    public sealed record Keys(byte[] InitiatorStatic, byte[] ResponderStatic, byte[] InitiatorEphemeral, byte[] ResponderEphemeral);

    public sealed record Transcript(byte[][] Messages, byte[] Hash, byte[] InitiatorKey, byte[] ResponderKey);

    public static Transcript Run(byte[]? psk, byte[] prologue, Keys keys, byte[][] payloads)
    {
        var noise = new ObviousNoise(psk is null ? "Noise_XX_25519_AESGCM_SHA256" : "Noise_XXpsk0_25519_AESGCM_SHA256");
        noise.MixHash(prologue);

        // -> psk, e
        byte[] initiatorEphemeral = PublicKey(keys.InitiatorEphemeral);
        if (psk is not null) noise.MixPsk(psk);
        noise.MixHash(initiatorEphemeral);
        if (psk is not null) noise.MixKey(initiatorEphemeral);
        byte[] first = [.. initiatorEphemeral, .. noise.Encrypt(payloads[0])];

        // <- e, ee, s, es
        byte[] responderEphemeral = PublicKey(keys.ResponderEphemeral);
        noise.MixHash(responderEphemeral);
        if (psk is not null) noise.MixKey(responderEphemeral);
        noise.MixKey(Agree(keys.ResponderEphemeral, initiatorEphemeral));
        byte[] responderStatic = noise.Encrypt(PublicKey(keys.ResponderStatic));
        noise.MixKey(Agree(keys.ResponderStatic, initiatorEphemeral));
        byte[] second = [.. responderEphemeral, .. responderStatic, .. noise.Encrypt(payloads[1])];

        // -> s, se
        byte[] initiatorStatic = noise.Encrypt(PublicKey(keys.InitiatorStatic));
        noise.MixKey(Agree(keys.InitiatorStatic, responderEphemeral));
        byte[] third = [.. initiatorStatic, .. noise.Encrypt(payloads[2])];

        byte[][] split = noise.Derive([], 2);
        return new Transcript([first, second, third], noise._hash, split[0], split[1]);
    }

    public static byte[] Seal(byte[] key, int nonce, byte[] associatedData, byte[] plaintext)
    {
        byte[] iv = new byte[12];
        iv[11] = (byte)nonce;
        byte[] ciphertext = new byte[plaintext.Length];
        byte[] tag = new byte[16];
        using var gcm = new AesGcm(key, 16);
        gcm.Encrypt(iv, plaintext, ciphertext, tag, associatedData);
        return [.. ciphertext, .. tag];
    }

    private void MixHash(byte[] data) => _hash = SHA256.HashData([.. _hash, .. data]);

    private void MixKey(byte[] material)
    {
        byte[][] output = Derive(material, 2);
        (_chainingKey, _key, _nonce) = (output[0], output[1], 0);
    }

    private void MixPsk(byte[] psk)
    {
        byte[][] output = Derive(psk, 3);
        _chainingKey = output[0];
        MixHash(output[1]);
        (_key, _nonce) = (output[2], 0);
    }

    private byte[] Encrypt(byte[] plaintext)
    {
        byte[] ciphertext = _key is null ? plaintext : Seal(_key, _nonce++, _hash, plaintext);
        MixHash(ciphertext);
        return ciphertext;
    }

    private byte[][] Derive(byte[] material, int count)
    {
        byte[] temporary = HMACSHA256.HashData(_chainingKey, material);
        byte[][] output = new byte[count][];
        byte[] previous = [];
        for (int i = 0; i < count; i++)
        {
            byte[] input = [.. previous, (byte)(i + 1)];
            output[i] = previous = HMACSHA256.HashData(temporary, input);
        }

        return output;
    }

    private static byte[] PublicKey(byte[] privateKey) => Agree(privateKey, [9, .. new byte[31]]);

    // RFC 7748, section 5, on numbers of any size.
    private static byte[] Agree(byte[] privateKey, byte[] publicKey)
    {
        byte[] scalar = [.. privateKey];
        scalar[0] &= 248;
        scalar[31] = (byte)((scalar[31] & 127) | 64);
        byte[] coordinate = [.. publicKey];
        coordinate[31] &= 127;

        BigInteger k = new(scalar, isUnsigned: true);
        BigInteger x1 = new(coordinate, isUnsigned: true);
        BigInteger x2 = 1, z2 = 0, x3 = x1, z3 = 1;
        for (int bit = 254; bit >= 0; bit--)
        {
            bool isSet = !(k >> bit).IsEven;
            if (isSet) (x2, x3, z2, z3) = (x3, x2, z3, z2);
            BigInteger a = Mod(x2 + z2), b = Mod(x2 - z2), c = Mod(x3 + z3), d = Mod(x3 - z3);
            BigInteger aa = Mod(a * a), bb = Mod(b * b), e = Mod(aa - bb), da = Mod(d * a), cb = Mod(c * b);
            x3 = Mod((da + cb) * (da + cb));
            z3 = Mod(x1 * Mod((da - cb) * (da - cb)));
            x2 = Mod(aa * bb);
            z2 = Mod(e * (aa + (121665 * e)));
            if (isSet) (x2, x3, z2, z3) = (x3, x2, z3, z2);
        }

        byte[] result = Mod(x2 * BigInteger.ModPow(z2, s_prime - 2, s_prime)).ToByteArray(isUnsigned: true);
        return [.. result, .. new byte[32 - result.Length]];
    }

    private static BigInteger Mod(BigInteger value) => ((value % s_prime) + s_prime) % s_prime;

    private static readonly BigInteger s_prime = BigInteger.Pow(2, 255) - 19;
}
