using System.Globalization;

namespace ConsoleChat;

/// <summary>Where a profile lies: its database, and the port of its signaling endpoint.</summary>
internal sealed class ProfileDirectory
{
    private readonly string _path;

    public ProfileDirectory(string name, string? root)
    {
        if (name.Length is 0 or > 32 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
            throw new ArgumentException("A profile's name has 1 to 32 letters, digits, '-' or '_'.");
        root ??= Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "BerOfChat.ConsoleChat");
        _path = Path.Combine(root, name);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_path);
        else Directory.CreateDirectory(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string StorePath => Path.Combine(_path, "store.db");

    /// <summary>Whether somebody has used the profile before.</summary>
    public bool Exists => File.Exists(StorePath) && new FileInfo(StorePath).Length > 0;

    /// <summary>The port that invitations of this profile name.</summary>
    public int? Port
    {
        get => File.Exists(PortPath) && int.TryParse(File.ReadAllText(PortPath), CultureInfo.InvariantCulture, out int port) ? port : null;
        set => File.WriteAllText(PortPath, value?.ToString(CultureInfo.InvariantCulture));
    }

    private string PortPath => Path.Combine(_path, "port");
}
