using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NSec.Cryptography;

namespace BerOfChat.WebRtc.Dtls;

/// <summary>AES-256-GCM of the libsodium that NSec ships, with the key's expansion apart: NSec has no name for that.</summary>
internal static unsafe partial class Sodium
{
    private const string Library = "libsodium";

    /// <summary>What an expanded key takes, in bytes.</summary>
    public static nuint StateSize { get; private set; }

    public static bool IsSupported { get; } = Initialize();

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
