using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BerOfChat;

namespace ConsoleChat;

/// <summary>Where a profile lies: its database, and the port of its signaling endpoint.</summary>
internal sealed class ProfileDirectory
{
    private readonly string _name;
    private readonly string _root;
    private readonly string _path;

    public ProfileDirectory(string name, string? root)
    {
        if (name.Length is 0 or > 32 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
            throw new ArgumentException($"--profile {name}: a profile's name has 1 to 32 letters, digits, '-' or '_'.");
        _name = name;
        _root = root ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "BerOfChat.ConsoleChat");
        _path = Path.Combine(_root, name);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_path);
        else Directory.CreateDirectory(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string StorePath => Path.Combine(_path, StoreName);

    /// <summary>Whether somebody has used the profile before.</summary>
    public bool Exists => File.Exists(StorePath) && new FileInfo(StorePath).Length > 0;

    /// <summary>Whether another process has the profile open. Asked before a password is; the store asks again.</summary>
    public bool IsOpen
    {
        get
        {
            try
            {
                using FileStream free = new(StorePath + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                return false;
            }
            catch (FileNotFoundException)
            {
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    /// <summary>Whether an invitation was accepted and the room is not there yet.</summary>
    public bool IsJoining
    {
        get => File.Exists(JoiningPath);
        set
        {
            if (value) File.WriteAllText(JoiningPath, "");
            else File.Delete(JoiningPath);
        }
    }

    /// <summary>The room that was open last, of those that this person is in; null when there is none.</summary>
    public Room? Choose(IEnumerable<Room> all)
    {
        Room[] rooms = [.. all.Where(room => room.State == RoomState.Joined)];
        string? last = File.Exists(RoomPath) ? File.ReadAllText(RoomPath) : null;
        return rooms.FirstOrDefault(room => MarkOf(room) == last) ?? (rooms.Length > 0 ? rooms[^1] : null);
    }

    /// <summary>Opens this room next time. The file beside the store must not name it, so it holds a hash.</summary>
    public void Remember(Room room) => File.WriteAllText(RoomPath, MarkOf(room));

    /// <summary>The port that invitations of this profile name.</summary>
    public int? Port
    {
        get => File.Exists(PortPath) && int.TryParse(File.ReadAllText(PortPath), CultureInfo.InvariantCulture, out int port) ? port : null;
        set => File.WriteAllText(PortPath, value?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A name for somebody else on this machine that is not taken.</summary>
    public string ProposeAnother() =>
        s_others.FirstOrDefault(name => name != _name && !File.Exists(Path.Combine(_root, name, StoreName))) ?? "another";

    private string JoiningPath => Path.Combine(_path, "joining");

    private static string MarkOf(Room room) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(room.Id.ToString())), 0, 8);

    private string RoomPath => Path.Combine(_path, "room");

    private string PortPath => Path.Combine(_path, "port");

    private const string StoreName = "store.db";

    private static readonly string[] s_others = ["bob", "carol", "dave", "erin"];
}
