using System.Text;
using BerOfChat;

namespace ConsoleChat.Terminal;

/// <summary>Where the password comes from.</summary>
internal static class PasswordPrompt
{
    /// <summary>Whether a person is asked, who can mistype it.</summary>
    public static bool IsAsked(ChatSettings settings) => settings is { PasswordFile: null, IsPlain: false } && !Console.IsInputRedirected;

    /// <exception cref="ArgumentException">The file cannot be read; the text says what to do.</exception>
    public static async Task<Unlock> ReadAsync(ChatSettings settings, bool isNew, CancellationToken cancellationToken)
    {
        if (settings.PasswordFile is { } file) return ToUnlock(ReadFile(file));
        if (!IsAsked(settings)) return Unlock.FilePermissionsOnly;

        // Console.ReadKey cannot be cancelled, but nobody has to wait for it.
        return await Task.Run(() => isNew ? Choose(settings.Profile) : ToUnlock(Ask($"Password of profile {settings.Profile} (Enter if it has none): ")), cancellationToken)
            .WaitAsync(cancellationToken);
    }

    private static Unlock Choose(string profile)
    {
        while (true)
        {
            string password = Ask($"Choose a password for the new profile {profile} (Enter alone: only file permissions protect it): ");
            if (password.Length == 0 || password == Ask("Once more: ")) return ToUnlock(password);
            Console.WriteLine("These were different. Again:");
        }
    }

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault() ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"--password-file: {e.Message} It must be a file that you may read, with the password in its first line.");
        }
    }

    private static Unlock ToUnlock(string password) => password.Length == 0 ? Unlock.FilePermissionsOnly : Unlock.WithPassword(password);

    private static string Ask(string question)
    {
        // Looking for a key turns the terminal's echo off, before the question invites to type.
        _ = Console.KeyAvailable;
        Console.Write(question);
        var text = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) break;
            if (key.Key == ConsoleKey.Backspace) text.Length = Math.Max(0, text.Length - 1);
            else if (!char.IsControl(key.KeyChar)) text.Append(key.KeyChar);
        }

        Console.WriteLine();
        return text.ToString();
    }
}
