using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Storage;

/// <summary>A wrapped copy of the profile's master key, in clear in the store: what a password opens.</summary>
/// <remarks>The costs of the derivation are bounded both ways: a slot from outside can neither be cheap nor exhaust the memory of who opens it.</remarks>
internal sealed class KeySlot
{
    public const int MasterKeySize = 32;

    /// <summary>The size of a slot in bytes.</summary>
    public const int Size = HeaderSize + Aes256Gcm.NonceSize + MasterKeySize + Aes256Gcm.TagSize;

    private readonly byte[] _bytes;

    private KeySlot(byte[] bytes, KeySlotCost cost)
    {
        _bytes = bytes;
        Cost = cost;
    }

    public ReadOnlyMemory<byte> Bytes => _bytes;

    public KeySlotCost Cost { get; }

    /// <summary>Wraps a master key under a password. Takes as long as the cost says.</summary>
    public static KeySlot Create(ReadOnlySpan<byte> storeId, ReadOnlySpan<byte> password, ReadOnlySpan<byte> masterKey, KeySlotCost cost, IRandomSource random)
    {
        byte[] bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        writer.WriteByte(Version);
        writer.WriteByte(PasswordKind);
        writer.WriteByte(Argon2idFunction);
        writer.WriteUInt32(cost.MemoryKiB);
        writer.WriteUInt32(cost.Passes);
        random.Fill(bytes.AsSpan(writer.Position, SaltSize + Aes256Gcm.NonceSize));
        var slot = new KeySlot(bytes, cost);
        using Aes256Gcm cipher = slot.DeriveCipher(password);
        cipher.Seal(slot.Nonce, slot.AssociatedData(storeId), masterKey, bytes.AsSpan(HeaderSize + Aes256Gcm.NonceSize));
        return slot;
    }

    /// <summary>Reads a slot. False when it is of another kind or its costs are out of bounds.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out KeySlot? slot)
    {
        slot = null;
        if (source.Length != Size || source[0] != Version || source[1] != PasswordKind || source[2] != Argon2idFunction) return false;
        var reader = new SpanReader(source[3..]);
        _ = reader.TryReadUInt32(out uint memory);
        _ = reader.TryReadUInt32(out uint passes);
        var cost = new KeySlotCost(memory, passes);
        if (!cost.IsWithinBounds) return false;
        slot = new KeySlot(source.ToArray(), cost);
        return true;
    }

    /// <summary>Opens the slot. False when the password is not the one. Takes as long as the cost says.</summary>
    public bool TryOpen(ReadOnlySpan<byte> storeId, ReadOnlySpan<byte> password, Span<byte> masterKey)
    {
        using Aes256Gcm cipher = DeriveCipher(password);
        return cipher.TryOpen(Nonce, AssociatedData(storeId), _bytes.AsSpan(HeaderSize + Aes256Gcm.NonceSize), masterKey);
    }

    private ReadOnlySpan<byte> Nonce => _bytes.AsSpan(HeaderSize, Aes256Gcm.NonceSize);

    private byte[] AssociatedData(ReadOnlySpan<byte> storeId) => [.. storeId, .. _bytes.AsSpan(0, HeaderSize)];

    private Aes256Gcm DeriveCipher(ReadOnlySpan<byte> password)
    {
        Span<byte> key = stackalloc byte[Aes256Gcm.KeySize];
        Argon2id.DeriveKey(password, _bytes.AsSpan(HeaderSize - SaltSize, SaltSize), Cost.MemoryKiB, Cost.Passes, key);
        try
        {
            return new Aes256Gcm(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private const byte Version = 1;
    private const byte PasswordKind = 1;
    private const byte Argon2idFunction = 1;
    private const int SaltSize = 16;
    private const int HeaderSize = 3 + (2 * sizeof(uint)) + SaltSize;
}

/// <summary>What Argon2id costs for one attempt.</summary>
/// <param name="MemoryKiB">Memory in KiB.</param>
/// <param name="Passes">Passes over it.</param>
internal readonly record struct KeySlotCost(uint MemoryKiB, uint Passes)
{
    /// <summary>What new profiles cost: 64 MiB, three passes.</summary>
    public static KeySlotCost Default => new(64 * 1024, 3);

    /// <summary>The least that is accepted: 19 MiB, two passes.</summary>
    public static KeySlotCost Least => new(19 * 1024, 2);

    public bool IsWithinBounds => MemoryKiB is >= 19 * 1024 and <= 1024 * 1024 && Passes is >= 2 and <= 16;
}
