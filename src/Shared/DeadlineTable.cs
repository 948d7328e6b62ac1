using System.Runtime.CompilerServices;

namespace BerOfChat.Primitives;

/// <summary>The timers of a core as values: one deadline for each case of an enum whose cases are 0, 1, 2, …</summary>
internal sealed class DeadlineTable<TTimer>
    where TTimer : unmanaged, Enum
{
    private readonly MonotonicTime?[] _deadlines = new MonotonicTime?[Enum.GetValues<TTimer>().Length];

    /// <summary>The earliest deadline that is set.</summary>
    public MonotonicTime? Next
    {
        get
        {
            MonotonicTime? next = null;
            foreach (MonotonicTime? deadline in _deadlines) next = MonotonicTime.Earliest(next, deadline);
            return next;
        }
    }

    public void Set(TTimer timer, MonotonicTime deadline) => _deadlines[Index(timer)] = deadline;

    public void Stop(TTimer timer) => _deadlines[Index(timer)] = null;

    public bool IsSet(TTimer timer) => _deadlines[Index(timer)] is not null;

    public MonotonicTime? Get(TTimer timer) => _deadlines[Index(timer)];

    /// <summary>Whether the timer's deadline has come; if so the timer is stopped.</summary>
    public bool TryExpire(TTimer timer, MonotonicTime now)
    {
        if (_deadlines[Index(timer)] is not { } deadline || deadline > now) return false;
        Stop(timer);
        return true;
    }

    private static int Index(TTimer timer) => Unsafe.SizeOf<TTimer>() == sizeof(int) ? Unsafe.BitCast<TTimer, int>(timer) : Convert.ToInt32(timer, null);
}
