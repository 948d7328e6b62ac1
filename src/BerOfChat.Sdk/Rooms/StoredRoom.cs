using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using BerOfChat.Formats;
using BerOfChat.Primitives;
using BerOfChat.Sync;
using MessagePack;

namespace BerOfChat.Rooms;

/// <summary>What a device keeps of a room beside its entries: the seed of its own room key, what the room is called, and where its members meet.</summary>
/// <param name="RoomKeySeed">The seed of the Ed25519 key that is this device's log; 32 bytes.</param>
/// <param name="Title">The title.</param>
/// <param name="Addresses">Signaling addresses from the invitation and from JOINED.</param>
/// <param name="Sponsor">Who lets this device in, until the room itself says who is a member; zero for the creator.</param>
/// <param name="IsDeparted">Whether this account is out and there is nobody left to be told: the room is only read from then on.</param>
internal sealed record StoredRoom(ReadOnlyMemory<byte> RoomKeySeed, string Title, IReadOnlyList<string> Addresses, Bytes32 Sponsor, bool IsDeparted = false)
{
    /// <summary>The state for the store. It contains a private key; it is sealed there.</summary>
    public byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(6);
        writer.Write(Version);
        writer.Write(RoomKeySeed.Span);
        writer.Write(Title);
        writer.WriteArrayHeader(Addresses.Count);
        foreach (string address in Addresses) writer.Write(address);
        writer.Write(Sponsor.ToArray().AsSpan());
        writer.Write(IsDeparted);
        writer.Flush();
        byte[] row = buffer.WrittenSpan.ToArray();
        buffer.Clear();
        return row;
    }

    public static bool TryDecode(ReadOnlyMemory<byte> source, [NotNullWhen(true)] out StoredRoom? state)
    {
        state = null;
        try
        {
            var reader = new MessagePackReader(source);
            int fields = reader.ReadArrayHeader();
            if (fields < 5 || reader.ReadInt32() != Version) return false;
            byte[] seed = reader.ReadBytes()?.ToArray() ?? [];
            string title = reader.ReadString() ?? "";
            int count = reader.ReadArrayHeader();
            if (seed.Length != Bytes32.Size || count > SyncLimits.MaxAddresses) return false;
            var addresses = new string[count];
            for (int i = 0; i < count; i++) addresses[i] = reader.ReadString() ?? "";
            byte[] sponsor = reader.ReadBytes()?.ToArray() ?? [];
            if (sponsor.Length != Bytes32.Size) return false;
            state = new StoredRoom(seed, title, addresses, Bytes32.Read(sponsor), fields > 5 && reader.ReadBoolean());
            return true;
        }
        catch (Exception e) when (MessagePackErrors.IsMalformed(e))
        {
            return false;
        }
    }

    private const int Version = 1;
}
