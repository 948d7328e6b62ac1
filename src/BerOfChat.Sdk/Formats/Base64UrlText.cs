using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace BerOfChat.Formats;

/// <summary>Bytes that people copy as text: base64url without padding (RFC 4648, section 5).</summary>
internal static class Base64UrlText
{
    // IsValid lets some characters beyond ASCII pass, at which TryDecodeFromChars then throws.
    private static readonly SearchValues<char> s_alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Terminals, mails and messengers break lines; nothing of that belongs to the text.</summary>
    public static string RemoveWhiteSpace(string text)
    {
        var compact = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (!char.IsWhiteSpace(c)) compact.Append(c);
        }

        return compact.ToString();
    }

    /// <summary>Reads the bytes. Base64 has spare bits at the end: what does not encode back to the same text was changed, and is refused. Never throws.</summary>
    public static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length == 0 || text.AsSpan().ContainsAnyExcept(s_alphabet) || !Base64Url.IsValid(text, out int length)) return false;
        byte[] decoded = new byte[length];
        if (!Base64Url.TryDecodeFromChars(text, decoded, out int written) || written != length || Base64Url.EncodeToString(decoded) != text) return false;
        bytes = decoded;
        return true;
    }
}
