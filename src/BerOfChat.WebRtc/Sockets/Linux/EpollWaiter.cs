using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BerOfChat.WebRtc.Sockets.Linux;

/// <summary>Waits by epoll: what it costs does not depend on how many sockets are idle.</summary>
/// <remarks>Lives as long as its loop, which is as long as the process.</remarks>
internal sealed unsafe class EpollWaiter : ISocketWaiter
{
    // All that are ready, as a rule: who comes first is up to the loop.
    private const int MaxEvents = 1024;
    private const int MaxMilliseconds = int.MaxValue;

    private readonly int _epoll = LibC.EpollCreate();
    private readonly int _wake = LibC.EventFd();
    private readonly Dictionary<int, SocketWatch> _watches = [];
    private readonly byte[] _events = GC.AllocateUninitializedArray<byte>(MaxEvents * LibC.EpollEvent.Size, pinned: true);

    private EpollWaiter()
    {
    }

    /// <summary>Null where the system has no epoll or gives none.</summary>
    public static EpollWaiter? TryCreate()
    {
        if (!LibC.IsSupported) return null;
        EpollWaiter waiter = new();
        return waiter is { _epoll: >= 0, _wake: >= 0 } && waiter.TryControl(LibC.EpollAdd, waiter._wake) ? waiter : null;
    }

    public void Add(Socket socket, SocketWatch watch)
    {
        int descriptor = (int)socket.Handle;
        _watches.Add(descriptor, watch);
        if (!TryControl(LibC.EpollAdd, descriptor)) throw new SocketException(Marshal.GetLastPInvokeError());
    }

    public void Remove(Socket socket)
    {
        int descriptor = (int)socket.Handle;
        _watches.Remove(descriptor);
        TryControl(LibC.EpollDelete, descriptor);
    }

    public void Wait(TimeSpan? patience, List<SocketWatch> readable)
    {
        (int size, int dataOffset) = LibC.EpollEvent;
        byte* events = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_events));
        int milliseconds = patience is { } wait ? (int)Math.Min(Math.Ceiling(wait.TotalMilliseconds), MaxMilliseconds) : -1;
        int count = LibC.EpollWait(_epoll, events, MaxEvents, milliseconds);
        for (int i = 0; i < count; i++)
        {
            int descriptor = *(int*)(events + (i * size) + dataOffset);
            if (_watches.TryGetValue(descriptor, out SocketWatch? watch)) readable.Add(watch);
            else if (descriptor == _wake) DrainWakeUps();
        }
    }

    public void Wake()
    {
        ulong one = 1;
        LibC.Write(_wake, &one, sizeof(ulong));
    }

    private void DrainWakeUps()
    {
        ulong count;
        LibC.Read(_wake, &count, sizeof(ulong));
    }

    private bool TryControl(int operation, int descriptor)
    {
        byte* e = stackalloc byte[16];
        *(uint*)e = LibC.EpollReadable;
        *(long*)(e + LibC.EpollEvent.DataOffset) = descriptor;
        return LibC.EpollControl(_epoll, operation, descriptor, e) == 0;
    }
}
