using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>The devices that knocked and are not known yet: each is waited for during a minute after it knocked last, eight at a time.</summary>
internal sealed class Strangers
{
    /// <summary>How many are waited for; further ones knock again.</summary>
    public const int MaxCount = 8;

    /// <summary>How long each is waited for.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(60);

    private readonly Dictionary<Bytes32, MonotonicTime> _until = [];

    /// <summary>When the first of them is given up.</summary>
    public MonotonicTime? NextTimeout => _until.Count == 0 ? null : _until.Values.Min();

    public bool Contains(Bytes32 device) => _until.ContainsKey(device);

    /// <summary>The agreement keys of those that are waited for.</summary>
    public IReadOnlyCollection<Bytes32> Devices => _until.Keys;

    /// <summary>A device knocked. False when there are too many already.</summary>
    public bool TryAdd(Bytes32 device, MonotonicTime now)
    {
        HandleTimeout(now);
        if (_until.Count >= MaxCount && !_until.ContainsKey(device)) return false;
        _until[device] = now + Wait;
        return true;
    }

    /// <summary>The device is known now, or not welcome.</summary>
    public void Remove(Bytes32 device) => _until.Remove(device);

    /// <summary>Gives up those whose time is over.</summary>
    public void HandleTimeout(MonotonicTime now)
    {
        foreach ((Bytes32 device, MonotonicTime until) in _until)
        {
            if (until <= now) _until.Remove(device);        // allowed while enumerating
        }
    }
}
