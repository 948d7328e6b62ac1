using System.Buffers.Binary;
using BerOfChat.Primitives;

namespace BerOfChat.Signaling;

/// <summary>Remembers the last <see cref="Capacity"/> (e, nonce) that opened, about 100 KiB, so that a repeated envelope is dropped.</summary>
/// <remarks>Only authenticated envelopes are noted, so an outsider cannot push anything out of it. What it has forgotten does no harm: messages are idempotent.</remarks>
internal sealed class ReplayFilter
{
    public const int Capacity = 1024;

    private readonly HashSet<(Bytes32 Ephemeral, UInt128 Nonce)> _seen = new(Capacity);
    private readonly Queue<(Bytes32 Ephemeral, UInt128 Nonce)> _order = new(Capacity);

    /// <summary>Whether this envelope has been noted before.</summary>
    public bool Contains(Bytes32 ephemeral, ReadOnlySpan<byte> nonce) => _seen.Contains((ephemeral, ToNumber(nonce)));

    /// <summary>Notes an envelope that opened.</summary>
    public void Add(Bytes32 ephemeral, ReadOnlySpan<byte> nonce)
    {
        (Bytes32, UInt128) entry = (ephemeral, ToNumber(nonce));
        if (!_seen.Add(entry)) return;
        if (_order.Count == Capacity) _seen.Remove(_order.Dequeue());
        _order.Enqueue(entry);
    }

    private static UInt128 ToNumber(ReadOnlySpan<byte> nonce) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(nonce), BinaryPrimitives.ReadUInt64BigEndian(nonce[sizeof(uint)..]));
}
