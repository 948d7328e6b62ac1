using System.Security.Cryptography;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

public sealed class RecordCipherTests
{
    private const string Nonce = "cafebabefacedbaddecaf888";
    private const string AssociatedData = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
    private const string Plaintext = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

    /// <summary>Test cases 4 and 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega): key, ciphertext with its tag.</summary>
    public static TheoryData<string, string> Vectors => new()
    {
        {
            "feffe9928665731c6d6a8f9467308308",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"
        },
        {
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Both_ciphers_seal_and_open_as_is_published(string key, string expected)
    {
        foreach (RecordCipher cipher in Ciphers(Convert.FromHexString(key)))
        {
            using (cipher)
            {
                byte[] ciphertext = Seal(cipher, Convert.FromHexString(Plaintext));
                Assert.Equal(expected, Convert.ToHexStringLower(ciphertext));
                Assert.Equal(Plaintext, Convert.ToHexStringLower(Open(cipher, ciphertext) ?? []));
            }
        }
    }

    [Fact]
    public void What_one_cipher_seals_the_other_opens_at_any_length_and_in_place()
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        foreach (int length in new[] { 0, 1, 15, 16, 17, 1163, 1200, DtlsRecordLayer.MaxPlaintext })
        {
            byte[] plaintext = RandomNumberGenerator.GetBytes(length);
            foreach (RecordCipher sealer in Ciphers(key))
            {
                byte[] place = [.. plaintext, .. new byte[RecordCipher.TagSize]];
                sealer.Seal(Convert.FromHexString(Nonce), Convert.FromHexString(AssociatedData), place.AsSpan(0, length), place);
                Assert.Equal(Seal(sealer, plaintext), place);
                sealer.Dispose();
                foreach (RecordCipher opener in Ciphers(key))
                {
                    byte[] opened = [.. place];
                    Assert.True(opener.TryOpen(Convert.FromHexString(Nonce), Convert.FromHexString(AssociatedData), opened, opened.AsSpan(0, length)));
                    Assert.Equal(plaintext, opened.AsSpan(0, length));
                    opener.Dispose();
                }
            }
        }
    }

    [Fact]
    public void Not_one_bit_may_be_wrong()
    {
        foreach (RecordCipher cipher in Ciphers(new byte[32]))
        {
            using (cipher)
            {
                byte[] ciphertext = Seal(cipher, new byte[20]);
                for (int bit = 0; bit < 8 * ciphertext.Length; bit++)
                {
                    byte[] altered = [.. ciphertext];
                    altered[bit / 8] ^= (byte)(1 << (bit % 8));
                    Assert.Null(Open(cipher, altered));
                }

                Assert.Equal(new byte[20], Open(cipher, ciphertext));
            }
        }
    }

    [Fact]
    public void A_cipher_that_was_disposed_neither_seals_nor_opens()
    {
        foreach (RecordCipher cipher in Ciphers(new byte[32]))
        {
            byte[] ciphertext = Seal(cipher, new byte[20]);
            cipher.Dispose();
            cipher.Dispose();
            Assert.Throws<ObjectDisposedException>(() => Seal(cipher, new byte[20]));
            Assert.Throws<ObjectDisposedException>(() => Open(cipher, ciphertext));
        }
    }

    [Fact]
    public void A_buffer_of_the_wrong_length_is_a_mistake_of_the_caller_and_not_one_of_memory()
    {
        foreach (RecordCipher cipher in Ciphers(new byte[32]))
        {
            using (cipher)
            {
                Assert.ThrowsAny<ArgumentException>(() => cipher.Seal(new byte[12], [], new byte[20], new byte[35]));
                Assert.ThrowsAny<ArgumentException>(() => cipher.Seal(new byte[11], [], new byte[20], new byte[36]));
                Assert.ThrowsAny<ArgumentException>(() => cipher.TryOpen(new byte[12], [], new byte[36], new byte[19]));
                Assert.ThrowsAny<ArgumentException>(() => cipher.TryOpen(new byte[11], [], new byte[36], new byte[20]));
            }
        }
    }

    [Fact]
    public void The_fastest_cipher_is_taken_and_its_suite_is_what_we_like_best()
    {
        using RecordCipher of128 = RecordCipher.Create(new byte[16]), of256 = RecordCipher.Create(new byte[32]);
        Assert.IsType<FrameworkRecordCipher>(of128);
        Assert.Equal(SodiumRecordCipher.IsSupported, of256 is SodiumRecordCipher);
        Assert.Equal(NSec.Cryptography.Aes256Gcm.IsSupported, SodiumRecordCipher.IsSupported);
        Assert.Same(SodiumRecordCipher.IsSupported ? DtlsCipherSuite.Aes256 : DtlsCipherSuite.Aes128, DtlsCipherSuite.All[0]);
    }

    private static IEnumerable<RecordCipher> Ciphers(byte[] key)
    {
        yield return new FrameworkRecordCipher(key);
        if (key.Length == SodiumRecordCipher.KeySize && SodiumRecordCipher.IsSupported) yield return new SodiumRecordCipher(key);
    }

    private static byte[] Seal(RecordCipher cipher, byte[] plaintext)
    {
        byte[] ciphertext = new byte[plaintext.Length + RecordCipher.TagSize];
        cipher.Seal(Convert.FromHexString(Nonce), Convert.FromHexString(AssociatedData), plaintext, ciphertext);
        return ciphertext;
    }

    private static byte[]? Open(RecordCipher cipher, byte[] ciphertext)
    {
        byte[] plaintext = new byte[ciphertext.Length - RecordCipher.TagSize];
        return cipher.TryOpen(Convert.FromHexString(Nonce), Convert.FromHexString(AssociatedData), ciphertext, plaintext) ? plaintext : null;
    }
}
