namespace BerOfChat;

/// <summary>Lets one store at a time have a file: across processes by a lock on a file beside it, which the system releases however the process ends.</summary>
internal sealed class StoreFileLock : IDisposable
{
    private static readonly Lock s_lock = new();
    private static readonly HashSet<string> s_open = [];

    private readonly string _path;
    private readonly FileStream _stream;

    private StoreFileLock(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
    }

    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreLocked"/>.</exception>
    public static StoreFileLock Take(string storePath)
    {
        string path = storePath + ".lock";
        lock (s_lock)
        {
            if (!s_open.Add(path)) throw InUse(null);
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
                if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                return new StoreFileLock(path, new FileStream(path, options));
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
            {
                s_open.Remove(path);
                throw InUse(e);
            }
            catch
            {
                s_open.Remove(path);
                throw;
            }
        }
    }

    public void Dispose()
    {
        lock (s_lock)
        {
            _stream.Dispose();
            s_open.Remove(_path);
        }
    }

    private static BerOfChatException InUse(Exception? inner) =>
        new(BerOfChatErrorCode.StoreLocked, "This profile is in use by another process. Close that one, or open another profile.", innerException: inner);
}
