using System.Security.Cryptography;
using System.Text;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;
using BerOfChat.Signaling;

namespace BerOfChat.Invites;

/// <summary>The bytes of an invitation.</summary>
/// <remarks>
/// <code>
/// u8 version 1 | u8 flags 0 | secret[32] | X25519 public key[32] | account key[32] | u32 expiry, unix minutes | u8 uses, 0 any | u8 n | n × (u8 length, URL) | check[4]
/// </code>
/// The check is the first four bytes of the SHA-256 of all before it, in every version. At most 255 bytes, so that a QR code fits 80 columns.
/// </remarks>
internal static class InviteFormat
{
    public const byte Version = 1;
    public const int MaxSize = 255;
    public const int CheckSize = 4;
    public const int MinSize = FixedSize + CheckSize;

    /// <summary>Writes an invitation. The addresses must fit: <see cref="MaxSize"/> bytes are all there is.</summary>
    /// <exception cref="ArgumentException">The addresses are not absolute or too long together.</exception>
    public static byte[] Encode(in InviteFields fields)
    {
        byte[][] addresses = [.. fields.SignalingAddresses.Select(ToBytes)];
        int size = SizeOf(fields.SignalingAddresses);
        if (size > MaxSize) throw new ArgumentException($"An invitation has room for {MaxSize - MinSize} bytes of signaling addresses.", nameof(fields));

        byte[] invite = new byte[size];
        var writer = new SpanWriter(invite);
        writer.WriteByte(Version);
        writer.WriteByte(0);
        writer.WriteBytes(fields.Secret);
        writer.WriteBytes(fields.PublicKey.ToArray());
        writer.WriteBytes(fields.AccountKey.ToArray());
        writer.WriteUInt32(fields.ExpiryMinutes);
        writer.WriteByte(fields.Uses);
        writer.WriteByte((byte)addresses.Length);
        foreach (byte[] address in addresses)
        {
            writer.WriteByte((byte)address.Length);
            writer.WriteBytes(address);
        }

        writer.WriteBytes(SHA256.HashData(writer.Written).AsSpan(0, CheckSize));
        return invite;
    }

    /// <summary>The size of an invitation that names these addresses.</summary>
    public static int SizeOf(IEnumerable<Uri> addresses) => MinSize + addresses.Sum(address => 1 + Encoding.UTF8.GetByteCount(address.OriginalString));

    /// <summary>Reads an invitation; the secret in the fields points into <paramref name="invite"/>.</summary>
    public static InviteError TryDecode(byte[] invite, out InviteFields fields)
    {
        fields = default;
        if (invite.Length > MaxSize) return InviteError.TooLong;
        if (invite.Length < MinSize) return InviteError.Damaged;

        ReadOnlySpan<byte> body = invite.AsSpan(0, invite.Length - CheckSize);
        if (!SHA256.HashData(body).AsSpan(0, CheckSize).SequenceEqual(invite.AsSpan(body.Length))) return InviteError.Damaged;
        if (body[0] == Version && body[1] is ManualCodeText.OfferKind or ManualCodeText.AnswerKind) return InviteError.ManualCode;
        if (body[0] != Version || body[1] != 0) return InviteError.UnknownVersion;

        var reader = new SpanReader(body[FixedSize..]);
        var addresses = new List<Uri>(body[FixedSize - 1]);
        for (int i = 0; i < body[FixedSize - 1]; i++)
        {
            if (!reader.TryReadByte(out byte length) || !reader.TryReadBytes(length, out ReadOnlySpan<byte> url) || !TryReadAddress(url, out Uri? address))
                return InviteError.Damaged;
            addresses.Add(address);
        }

        if (reader.Remaining != 0 || !X25519PublicKey.IsUsable(body.Slice(PublicKeyOffset, Bytes32.Size))) return InviteError.Damaged;
        fields = new InviteFields(
            invite.AsSpan(SecretOffset, Bytes32.Size),
            Bytes32.Read(body.Slice(PublicKeyOffset, Bytes32.Size)),
            Bytes32.Read(body.Slice(AccountKeyOffset, Bytes32.Size)),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(body[ExpiryOffset..]),
            body[UsesOffset],
            addresses);
        return InviteError.None;
    }

    private static byte[] ToBytes(Uri address)
    {
        if (!address.IsAbsoluteUri) throw new ArgumentException("A signaling address in an invitation is an absolute URI.", nameof(address));
        byte[] bytes = Encoding.UTF8.GetBytes(address.OriginalString);
        return bytes.Length is > 0 and <= MaxSize ? bytes : throw new ArgumentException("A signaling address is too long for an invitation.", nameof(address));
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> url, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? address)
    {
        address = null;
        return System.Text.Unicode.Utf8.IsValid(url) && Uri.TryCreate(Encoding.UTF8.GetString(url), UriKind.Absolute, out address);
    }

    private const int SecretOffset = 2;
    private const int PublicKeyOffset = SecretOffset + Bytes32.Size;
    private const int AccountKeyOffset = PublicKeyOffset + Bytes32.Size;
    private const int ExpiryOffset = AccountKeyOffset + Bytes32.Size;
    private const int UsesOffset = ExpiryOffset + sizeof(uint);
    private const int FixedSize = UsesOffset + 2;
}
