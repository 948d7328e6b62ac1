using System.Text;
using BerOfChat;

namespace ConsoleChat;

/// <summary>Where the password comes from.</summary>
internal static class PasswordPrompt
{
    public static Unlock Read(ChatSettings settings, bool isNew)
    {
        if (settings.PasswordFile is { } file) return ToUnlock(File.ReadLines(file).FirstOrDefault() ?? "");
        if (settings.IsPlain || Console.IsInputRedirected) return Unlock.FilePermissionsOnly;
        if (!isNew) return ToUnlock(Ask($"Password of profile {settings.Profile} (Enter if it has none): "));
        while (true)
        {
            string password = Ask($"Choose a password for the new profile {settings.Profile} (Enter alone: only file permissions protect it): ");
            if (password.Length == 0 || password == Ask("Once more: ")) return ToUnlock(password);
            Console.WriteLine("These were different.");
        }
    }

    private static Unlock ToUnlock(string password) => password.Length == 0 ? Unlock.FilePermissionsOnly : Unlock.WithPassword(password);

    private static string Ask(string question)
    {
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
