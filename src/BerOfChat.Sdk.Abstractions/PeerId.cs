using BerOfChat.Primitives;

namespace BerOfChat;

/// <summary>Names an account: its Ed25519 public key, 32 bytes. As text it is Bech32m (BIP-350) with the prefix <c>boc</c>, 62 characters that begin with <c>boc1</c>.</summary>
public readonly record struct PeerId
{
    /// <summary>The size of the key in bytes.</summary>
    public const int Size = Bytes32.Size;

    private readonly Bytes32 _value;

    /// <summary>Takes an id from exactly <see cref="Size"/> bytes.</summary>
    /// <param name="accountKey">The account's public key.</param>
    public PeerId(ReadOnlySpan<byte> accountKey) => _value = Bytes32.Read(accountKey);

    /// <summary>Reads the text form. Upper case throughout is accepted, as QR codes prefer it; mixed case is not.</summary>
    /// <exception cref="FormatException">The text is not a peer id, or it was damaged when it was copied.</exception>
    public static PeerId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out PeerId id) ? id : throw new FormatException("This is not a peer id, or it was damaged when it was copied.");
    }

    /// <summary>Reads the text form; false when it is not a peer id or its checksum is wrong.</summary>
    public static bool TryParse(string? text, out PeerId id)
    {
        id = default;
        Span<byte> key = stackalloc byte[Size];
        if (!Bech32m.TryDecode(text, out string? prefix, out byte[]? values) || prefix != Prefix || !Bech32m.TryJoin(values, key)) return false;
        id = new PeerId(key);
        return true;
    }

    /// <summary>Writes the <see cref="Size"/> bytes of the account key.</summary>
    public void CopyTo(Span<byte> destination) => _value.CopyTo(destination);

    /// <summary>The text form, in lower case.</summary>
    public override string ToString()
    {
        Span<byte> key = stackalloc byte[Size];
        CopyTo(key);
        return Bech32m.Encode(Prefix, key);
    }

    private const string Prefix = "boc";
}
