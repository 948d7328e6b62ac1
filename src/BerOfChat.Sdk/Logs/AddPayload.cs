using System.Buffers.Binary;
using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>The payload of ADD: account[32], u8 role, inviteId[16].</summary>
internal readonly record struct AddPayload(Bytes32 Account, RoomRole Role, UInt128 InviteId)
{
    public byte[] Encode()
    {
        byte[] bytes = new byte[Size];
        Account.CopyTo(bytes);
        bytes[Bytes32.Size] = (byte)Role;
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(Bytes32.Size + 1), InviteId);
        return bytes;
    }

    public static bool TryParse(ReadOnlySpan<byte> source, out AddPayload payload)
    {
        payload = default;
        if (source.Length != Size) return false;
        var role = (RoomRole)source[Bytes32.Size];
        if (role is not (RoomRole.Admin or RoomRole.Member)) return false;
        payload = new AddPayload(Bytes32.Read(source[..Bytes32.Size]), role, BinaryPrimitives.ReadUInt128BigEndian(source[(Bytes32.Size + 1)..]));
        return true;
    }

    private const int Size = Bytes32.Size + 1 + 16;
}
