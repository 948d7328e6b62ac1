using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The first code: an invitation for one, made on the spot, and how its issuer is reached.</summary>
/// <remarks>
/// <code>u8 version 1 | u8 kind 0x10 | secret[32] | X25519 public key[32] | account key[32] | u32 expiry, unix minutes | description | check[4]</code>
/// Keys are derived from it as from an invitation. Zeroed when disposed.
/// </remarks>
internal sealed class ManualOfferCode : IDisposable
{
    public const int MaxSize = FixedSize + ManualDescription.MaxSize + ManualCodeText.CheckSize;

    private readonly byte[] _bytes;

    private ManualOfferCode(byte[] bytes, ManualDescription description)
    {
        _bytes = bytes;
        Description = description;
        PublicKey = Bytes32.Read(bytes.AsSpan(PublicKeyOffset, Bytes32.Size));
        AccountKey = Bytes32.Read(bytes.AsSpan(AccountKeyOffset, Bytes32.Size));
        ExpiresAt = DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes((long)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(ExpiryOffset)));
        Keys = new InviteKeys(bytes, bytes.AsSpan(SecretOffset, Bytes32.Size));
    }

    /// <summary>The code's own X25519 key: only who has the private one reads the answer.</summary>
    public Bytes32 PublicKey { get; }

    /// <summary>The account that must be on the other side.</summary>
    public Bytes32 AccountKey { get; }

    public DateTimeOffset ExpiresAt { get; }

    public ManualDescription Description { get; }

    public InviteKeys Keys { get; }

    public string Text => ManualCodeText.Encode(_bytes);

    /// <summary>Makes a code with a fresh secret.</summary>
    public static ManualOfferCode Create(Bytes32 accountKey, Bytes32 publicKey, DateTimeOffset expiresAt, ManualDescription description, IRandomSource random)
    {
        byte[] bytes = new byte[FixedSize + description.Size + ManualCodeText.CheckSize];
        var writer = new SpanWriter(bytes);
        writer.WriteByte(ManualCodeText.Version);
        writer.WriteByte(ManualCodeText.OfferKind);
        random.Fill(writer.Reserve(Bytes32.Size));
        writer.WriteBytes(publicKey.ToArray());
        writer.WriteBytes(accountKey.ToArray());
        writer.WriteUInt32((uint)((expiresAt.ToUnixTimeSeconds() + 59) / 60));
        description.Write(ref writer);
        ManualCodeText.WriteCheck(bytes);
        return new ManualOfferCode(bytes, description);
    }

    /// <summary>Reads a code. Never throws.</summary>
    public static ManualCodeError TryParse(string text, out ManualOfferCode? code)
    {
        code = null;
        ManualCodeError error = ManualCodeText.TryDecode(text, ManualCodeText.OfferKind, out byte[] bytes);
        if (error != ManualCodeError.None) return error;
        if (bytes.Length is < FixedSize + ManualDescription.MinSize + ManualCodeText.CheckSize or > MaxSize
            || !ManualDescription.TryRead(bytes.AsSpan(FixedSize..^ManualCodeText.CheckSize), out ManualDescription? description)
            || !X25519PublicKey.IsUsable(bytes.AsSpan(PublicKeyOffset, Bytes32.Size)))
        {
            return ManualCodeError.Damaged;
        }

        code = new ManualOfferCode(bytes, description);
        return ManualCodeError.None;
    }

    public void Dispose()
    {
        Keys.Dispose();
        CryptographicOperations.ZeroMemory(_bytes);
    }

    private const int SecretOffset = 2;
    private const int PublicKeyOffset = SecretOffset + Bytes32.Size;
    private const int AccountKeyOffset = PublicKeyOffset + Bytes32.Size;
    private const int ExpiryOffset = AccountKeyOffset + Bytes32.Size;
    private const int FixedSize = ExpiryOffset + sizeof(uint);
}
