using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>Whom a device waits for when a room has too many devices to wait for all of them: its neighbours on a ring ordered by agreement key.</summary>
/// <remarks>Devices that know the same members agree on who waits for whom.</remarks>
internal static class MeetingRing
{
    /// <summary>How many neighbours on each side.</summary>
    public const int NeighboursPerSide = 8;

    /// <summary>The devices to wait for: all of up to 16 others, else the nearest 8 on each side.</summary>
    /// <param name="own">This device's agreement key; whether it is among the others does not matter.</param>
    /// <param name="devices">The agreement keys of the room's devices.</param>
    public static HashSet<Bytes32> Neighbours(Bytes32 own, IEnumerable<Bytes32> devices)
    {
        Bytes32[] ring = [.. devices.Append(own).Distinct().Order()];
        HashSet<Bytes32> neighbours = [];
        int at = Array.IndexOf(ring, own);
        for (int distance = 1; distance <= Math.Min(NeighboursPerSide, ring.Length - 1); distance++)
        {
            neighbours.Add(ring[(at + distance) % ring.Length]);
            neighbours.Add(ring[(at - distance + ring.Length) % ring.Length]);
        }

        neighbours.Remove(own);
        return neighbours;
    }
}
