namespace BerOfChat.Signaling;

/// <summary>The ids of the last 64 attempts that are over here, so that a late copy of their offer does not begin them again.</summary>
internal sealed class EndedAttempts
{
    private const int Capacity = 64;

    private readonly Queue<UInt128> _ids = new();

    public bool Contains(UInt128 id) => _ids.Contains(id);

    public void Add(UInt128 id)
    {
        if (_ids.Count == Capacity) _ids.Dequeue();
        _ids.Enqueue(id);
    }
}
