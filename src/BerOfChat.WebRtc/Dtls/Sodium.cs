using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NSec.Cryptography;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>What we call of the libsodium that NSec ships, past NSec: AES-256-GCM with the key's expansion apart, and X25519 with keys in our own memory.</summary>
internal static unsafe partial class Sodium
{
    private const string Library = "libsodium";

    // So that NSec has initialized the library before anything here is called.
    static Sodium()
    {
    }

    /// <summary>What an expanded key of AES-256 takes, in bytes.</summary>
    public static nuint StateSize { get; private set; }

    /// <summary>Whether libsodium and the processor have AES-256-GCM.</summary>
    public static bool HasAes256Gcm { get; } = Initialize();

    /// <summary>Expands a key of 32 bytes into <paramref name="state"/>, which starts at a multiple of 16.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_aead_aes256gcm_beforenm")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int ExpandKey(void* state, byte* key);

    [LibraryImport(Library, EntryPoint = "crypto_aead_aes256gcm_encrypt_afternm")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Encrypt(byte* ciphertext, ulong* ciphertextLength, byte* plaintext, ulong plaintextLength, byte* associatedData, ulong associatedDataLength, byte* secretNonce, byte* nonce, void* state);

    /// <summary>Zero when the tag is right.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_aead_aes256gcm_decrypt_afternm")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Decrypt(byte* plaintext, ulong* plaintextLength, byte* secretNonce, byte* ciphertext, ulong ciphertextLength, byte* associatedData, ulong associatedDataLength, byte* nonce, void* state);

    /// <summary>The public key of a private one, 32 bytes each.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_scalarmult_curve25519_base")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int GetPublicKey(byte* publicKey, byte* privateKey);

    /// <summary>The shared secret of two keys, 32 bytes each. Not zero when it is zeros, whatever the private key is.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_scalarmult_curve25519")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Agree(byte* sharedSecret, byte* privateKey, byte* publicKey);

    [LibraryImport(Library, EntryPoint = "crypto_aead_aes256gcm_statebytes")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial nuint GetStateSize();

    // NSec initializes the library and knows what the processor has.
    private static bool Initialize()
    {
        try
        {
            if (!Aes256Gcm.IsSupported) return false;
            StateSize = GetStateSize();
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
