using System.Globalization;
using System.Text;

namespace BerOfChat;

/// <summary>What opens a profile. The store never learns it.</summary>
public sealed class Unlock
{
    private static readonly bool s_canNormalize = "e\u0301".Normalize(NormalizationForm.FormC).Length == 1;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _password;

    private Unlock(byte[] password) => _password = password;

    /// <summary>No password: whoever may read the file may read the messages. What is left is what file permissions protect.</summary>
    public static Unlock FilePermissionsOnly { get; } = new([]);

    /// <summary>Whether there is no password.</summary>
    public bool IsFilePermissionsOnly => _password.Length == 0;

    /// <summary>A password of any length. It is brought to Unicode's form NFC first, so that every keyboard types the same one.</summary>
    /// <remarks>An application with <c>InvariantGlobalization</c> cannot do that: there, letters with accents must come as one character each, as keyboards write them.</remarks>
    /// <exception cref="ArgumentException">The text is not valid Unicode, or has combining characters where they cannot be brought to that form.</exception>
    public static Unlock WithPassword(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        if (!s_canNormalize && password.Any(IsCombining))
            throw new ArgumentException("The password has combining characters, which this application cannot bring to their normal form (InvariantGlobalization). Write accented letters as one character each.", nameof(password));
        return new Unlock(s_utf8.GetBytes(password.Normalize(NormalizationForm.FormC)));
    }

    private static bool IsCombining(char c) =>
        CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>A copy of the password's bytes; the caller zeroes it.</summary>
    internal byte[] CopyPassword() => [.. _password];

}
