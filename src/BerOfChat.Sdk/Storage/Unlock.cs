using System.Text;

namespace BerOfChat;

/// <summary>What opens a profile. The store never learns it.</summary>
public sealed class Unlock
{
    private readonly byte[] _password;

    private Unlock(byte[] password) => _password = password;

    /// <summary>No password: whoever may read the file may read the messages. What is left is what file permissions protect.</summary>
    public static Unlock FilePermissionsOnly { get; } = new([]);

    /// <summary>Whether there is no password.</summary>
    public bool IsFilePermissionsOnly => _password.Length == 0;

    /// <summary>A password of any length. It is brought to Unicode's form NFC first, so that every keyboard types the same one.</summary>
    /// <exception cref="ArgumentException">The text is not valid Unicode.</exception>
    public static Unlock WithPassword(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        return new Unlock(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormC)));
    }

    /// <summary>A copy of the password's bytes; the caller zeroes it.</summary>
    internal byte[] CopyPassword() => [.. _password];

}
