using System.Buffers.Text;
using System.Security.Cryptography;
using BerOfChat.Formats;
using BerOfChat.Invites;

namespace BerOfChat.Signaling;

/// <summary>The two codes as people copy them: <c>berofchat:offer#</c> or <c>berofchat:answer#</c> and base64url. The bytes end with the first four of the SHA-256 of all before.</summary>
/// <remarks>White space is ignored, and the part before the bytes may be missing. Never throws.</remarks>
internal static class ManualCodeText
{
    public const string OfferPrefix = "berofchat:offer#";
    public const string AnswerPrefix = "berofchat:answer#";

    public const byte Version = 1;
    public const byte OfferKind = 0x10;
    public const byte AnswerKind = 0x11;
    public const int CheckSize = InviteFormat.CheckSize;

    public static string Encode(ReadOnlySpan<byte> code) => (code[1] == OfferKind ? OfferPrefix : AnswerPrefix) + Base64Url.EncodeToString(code);

    /// <summary>Writes the check behind everything else.</summary>
    public static void WriteCheck(Span<byte> code) => SHA256.HashData(code[..^CheckSize]).AsSpan(0, CheckSize).CopyTo(code[^CheckSize..]);

    /// <summary>Whether a text names itself a code of ours, whole or not.</summary>
    public static bool IsMarked(string compact) =>
        compact.StartsWith(OfferPrefix, StringComparison.OrdinalIgnoreCase) || compact.StartsWith(AnswerPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the bytes of a whole code of the wanted kind, which still have to be understood.</summary>
    public static ManualCodeError TryDecode(string text, byte kind, out byte[] code)
    {
        code = [];
        if (text.Length > InviteText.MaxTextLength) return ManualCodeError.NotACode;
        string compact = Base64UrlText.RemoveWhiteSpace(text);
        if (compact.StartsWith(InviteText.Prefix, StringComparison.OrdinalIgnoreCase)) return ManualCodeError.Invitation;

        bool isMarked = IsMarked(compact);
        if (!Base64UrlText.TryDecode(compact[(compact.IndexOf('#', StringComparison.Ordinal) + 1)..], out byte[] bytes) || bytes.Length < MinSize)
            return isMarked ? ManualCodeError.Damaged : ManualCodeError.NotACode;

        bool isWhole = SHA256.HashData(bytes.AsSpan(0, bytes.Length - CheckSize)).AsSpan(0, CheckSize).SequenceEqual(bytes.AsSpan(bytes.Length - CheckSize));
        if (!isWhole) return isMarked || bytes is [Version, OfferKind or AnswerKind, ..] ? ManualCodeError.Damaged : ManualCodeError.NotACode;
        ManualCodeError error = bytes switch
        {
            [Version, 0, ..] => ManualCodeError.Invitation,
            [Version, OfferKind, ..] => kind == OfferKind ? ManualCodeError.None : ManualCodeError.IsOffer,
            [Version, AnswerKind, ..] => kind == AnswerKind ? ManualCodeError.None : ManualCodeError.IsAnswer,
            _ => isMarked ? ManualCodeError.UnknownVersion : ManualCodeError.NotACode,
        };
        if (error is ManualCodeError.None) code = bytes;
        return error;
    }

    private const int MinSize = 2 + CheckSize + 1;
}
