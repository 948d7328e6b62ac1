using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;

namespace BerOfChat;

/// <summary>An invitation to a room, as it travels by link, QR code or mail. Whoever holds its text can join until it is used up, expired or revoked.</summary>
/// <remarks>
/// The text contains the invitation's secret: show it only to those who are meant to join, and keep it out of logs. In a link the secret stands in the
/// fragment, which browsers do not send to the server; scripts of the page and the browser's history do see it.
/// </remarks>
public sealed class RoomInvite : IEquatable<RoomInvite>
{
    /// <summary>The largest invitation, in bytes. Its text has at most 355 characters.</summary>
    public const int MaxSize = InviteFormat.MaxSize;

    private readonly byte[] _bytes;

    private RoomInvite(byte[] bytes, in InviteFields fields)
    {
        _bytes = bytes;
        PublicKey = fields.PublicKey;
        AccountKey = fields.AccountKey;
        Uses = fields.Uses;
        SignalingAddresses = fields.SignalingAddresses;
        ExpiresAt = ToTime(fields.ExpiryMinutes);
    }

    /// <summary>The account that issued the invitation. Whoever answers at its topic must prove to be this one.</summary>
    public PeerId IssuerId => new(AccountKey.ToArray());

    /// <summary>Until when accounts may join with it. Who was added before may still come later, to fetch what it missed.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>How many accounts may join with it; 0 means any number.</summary>
    public int Uses { get; }

    /// <summary>Where the issuer can be met, in order of preference. May be empty: then both sides must already use the same service.</summary>
    public IReadOnlyList<Uri> SignalingAddresses { get; }

    /// <summary>The account key of the issuer, against which the handshake is checked.</summary>
    internal Bytes32 AccountKey { get; }

    /// <summary>The invitation's own X25519 key.</summary>
    internal Bytes32 PublicKey { get; }

    /// <summary>The invitation as it is, for the store.</summary>
    internal ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Reads an invitation from <c>berofchat:join#…</c>, from any URI that carries it as its fragment, or from the bare base64url.</summary>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.InviteMalformed"/>; the message names the cause and repeats no part of the text.</exception>
    public static RoomInvite Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        InviteError error = TryRead(text, out RoomInvite? invite);
        return error == InviteError.None ? invite! : throw new BerOfChatException(BerOfChatErrorCode.InviteMalformed, Explain(error));
    }

    /// <summary>Like <see cref="Parse"/>, without the reason. Never throws.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out RoomInvite? invite)
    {
        invite = null;
        return text is not null && TryRead(text, out invite) == InviteError.None;
    }

    /// <summary>The link <paramref name="page"/> with the invitation as its fragment, for an application that has a page of its own.</summary>
    /// <param name="page">An absolute URI; its own fragment is replaced.</param>
    public Uri ToUri(Uri page)
    {
        ArgumentNullException.ThrowIfNull(page);
        if (!page.IsAbsoluteUri) throw new ArgumentException("The page must be an absolute URI.", nameof(page));
        return new UriBuilder(page) { Fragment = Base64Url.EncodeToString(_bytes) }.Uri;
    }

    /// <summary>The text form, <c>berofchat:join#…</c>. It contains the secret.</summary>
    public override string ToString() => InviteText.Encode(_bytes);

    /// <summary>Whether both are the same invitation, byte for byte.</summary>
    public bool Equals(RoomInvite? other) => other is not null && CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RoomInvite);

    /// <inheritdoc/>
    public override int GetHashCode() => PublicKey.GetHashCode();

    /// <summary>Whether both are the same invitation, byte for byte.</summary>
    public static bool operator ==(RoomInvite? left, RoomInvite? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether they are different invitations.</summary>
    public static bool operator !=(RoomInvite? left, RoomInvite? right) => !(left == right);

    internal static RoomInvite Create(in InviteFields fields)
    {
        byte[] bytes = InviteFormat.Encode(fields);
        return TryDecode(bytes, out RoomInvite? invite) == InviteError.None ? invite! : throw new ArgumentException("The fields make no valid invitation.", nameof(fields));
    }

    /// <summary>Reads the bytes of an invitation, as they stand in the store.</summary>
    internal static InviteError TryDecode(byte[] bytes, out RoomInvite? invite)
    {
        InviteError error = InviteFormat.TryDecode(bytes, out InviteFields fields);
        invite = error == InviteError.None ? new RoomInvite(bytes, fields) : null;
        return error;
    }

    /// <summary>Derives the keys; the caller disposes them.</summary>
    internal InviteKeys DeriveKeys() => InviteFormat.TryDecode(_bytes, out InviteFields fields) == InviteError.None
        ? new InviteKeys(_bytes, fields.Secret)
        : throw new System.Diagnostics.UnreachableException();

    internal static InviteError TryRead(string text, out RoomInvite? invite)
    {
        invite = null;
        InviteError error = InviteText.TryDecode(text, out byte[] bytes);
        return error == InviteError.None ? TryDecode(bytes, out invite) : error;
    }

    private static string Explain(InviteError error) => error switch
    {
        InviteError.NotAnInvite => "This text is not an invitation. One begins with \"berofchat:join#\", or is a link that ends in '#' and about 150 to 340 characters.",
        InviteError.Damaged => "The invitation is damaged: characters are missing or were changed. Copy the whole text again.",
        InviteError.UnknownVersion => "The invitation was made by a newer version. Update the application and try again.",
        InviteError.ManualCode => "This is a code for connecting by hand, not an invitation. Enter it where codes are exchanged, or ask for an invitation.",
        InviteError.TooLong => "The text is longer than an invitation can be. Copy only the invitation.",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // The last years that 32 bits of minutes can name lie beyond what DateTimeOffset can.
    private static DateTimeOffset ToTime(uint minutes) =>
        minutes < s_lastMinute ? DateTimeOffset.UnixEpoch + TimeSpan.FromMinutes((long)minutes) : DateTimeOffset.MaxValue;

    private static readonly long s_lastMinute = (long)(DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).TotalMinutes;
}
