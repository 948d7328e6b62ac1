using System.Text;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Ice;

/// <summary>User fragment and password of one side (RFC 8839 section 5.4): they name a connection and authenticate its checks.</summary>
internal sealed record IceCredentials(string UserFragment, string Password)
{
    public const int MinUserFragmentLength = 4;
    public const int MinPasswordLength = 22;
    public const int MaxLength = 256;
    private const int OwnUserFragmentLength = 8;
    private const int OwnPasswordLength = 24;
    private const string IceCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// <summary>48 and 144 random bits.</summary>
    public static IceCredentials New(IRandomSource random) => new(NewText(random, OwnUserFragmentLength), NewText(random, OwnPasswordLength));

    public static bool TryCreate(string? userFragment, string? password, out IceCredentials? credentials)
    {
        credentials = null;
        if (userFragment is null || password is null) return false;
        if (userFragment.Length is < MinUserFragmentLength or > MaxLength || password.Length is < MinPasswordLength or > MaxLength) return false;
        if (!IsIceText(userFragment) || !IsIceText(password)) return false;
        credentials = new IceCredentials(userFragment, password);
        return true;
    }

    public byte[] PasswordBytes() => Encoding.ASCII.GetBytes(Password);

    public override string ToString() => $"ufrag {UserFragment}";

    // RFC 8839 allows letters, digits, '+' and '/'; some stacks write '-' and '_' too, which harm nobody.
    private static bool IsIceText(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_');

    private static string NewText(IRandomSource random, int length)
    {
        Span<byte> bytes = stackalloc byte[length];
        random.Fill(bytes);
        Span<char> text = stackalloc char[length];
        for (int i = 0; i < length; i++) text[i] = IceCharacters[bytes[i] & 63];
        return text.ToString();
    }
}
