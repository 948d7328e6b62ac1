using System.Runtime.InteropServices;

namespace BerOfChat.WebRtc.Sockets.Linux;

/// <summary>The system calls that .NET has no name for. The layouts are those of 64-bit Linux, with glibc as with musl.</summary>
internal static unsafe partial class LibC
{
    public const int DontWait = 0x40;

    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const uint EpollReadable = 1;

    private const int CloseOnExec = 0x80000, NonBlocking = 0x800;

    public static bool IsSupported { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>How far apart the events of <see cref="EpollWait"/> are, and where in one its data is: only x64 packs them.</summary>
    public static (int Size, int DataOffset) EpollEvent { get; } = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (12, 4) : (16, 8);

    public static int EpollCreate() => EpollCreate(CloseOnExec);

    public static int EventFd() => EventFd(0, CloseOnExec | NonBlocking);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollControl(int epoll, int operation, int descriptor, byte* e);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);
}

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public nint NameLength;
    public MemoryVector* Vectors;
    public nint VectorCount;
    public void* Control;
    public nint ControlLength;
    public nint Flags;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryVector
{
    public void* Base;
    public nint Length;
}

/// <summary>struct cmsghdr, and room for a value of at most eight bytes behind it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ControlMessage
{
    public const int HeaderSize = 16;

    public nint Length;
    public int Level;
    public int Type;
    public long Value;
}
