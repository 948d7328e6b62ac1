using BerOfChat.Primitives;

namespace BerOfChat.Rooms;

/// <summary>The two clocks of a replica: one for its timers, one that entries carry.</summary>
/// <param name="Now">Never goes back.</param>
/// <param name="Wall">What the device's clock says, unix milliseconds.</param>
internal readonly record struct ReplicaTime(MonotonicTime Now, ulong Wall);
