using System.Buffers.Text;
using BerOfChat.Formats;
using BerOfChat.Signaling;

namespace BerOfChat.Invites;

/// <summary>The text form of an invitation: <c>berofchat:join#</c> and the bytes in base64url without padding (RFC 4648, section 5).</summary>
/// <remarks>Reads the fragment of any URI and bare base64url too. White space is ignored, because terminals and mails break lines.</remarks>
internal static class InviteText
{
    public const string Prefix = "berofchat:join#";

    /// <summary>The longest text that is looked at, before anything is removed from it.</summary>
    public const int MaxTextLength = 4096;

    public static string Encode(ReadOnlySpan<byte> invite) => Prefix + Base64Url.EncodeToString(invite);

    public static InviteError TryDecode(string text, out byte[] invite)
    {
        invite = [];
        if (text.Length > MaxTextLength) return InviteError.TooLong;

        string compact = Base64UrlText.RemoveWhiteSpace(text);
        if (ManualCodeText.IsMarked(compact)) return InviteError.ManualCode;

        bool isOurs = compact.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
        if (!isOurs && !compact.Contains('#', StringComparison.Ordinal) && compact.Contains(':', StringComparison.Ordinal)) return InviteError.NotAnInvite;
        string payload = compact[(compact.IndexOf('#', StringComparison.Ordinal) + 1)..];

        isOurs |= payload.StartsWith(Beginning, StringComparison.Ordinal);
        if (payload.Length > MaxPayloadLength) return isOurs ? InviteError.TooLong : InviteError.NotAnInvite;
        if (!Base64UrlText.TryDecode(payload, out invite)) return isOurs ? InviteError.Damaged : InviteError.NotAnInvite;
        if (invite.Length >= InviteFormat.MinSize) return InviteError.None;
        return isOurs ? InviteError.Damaged : InviteError.NotAnInvite;
    }

    // How version 1 and flags 0 look in base64url, so that a cut text can be told from one that never was an invitation.
    private const string Beginning = "AQA";
    private static readonly int MaxPayloadLength = Base64Url.GetEncodedLength(InviteFormat.MaxSize);
}
