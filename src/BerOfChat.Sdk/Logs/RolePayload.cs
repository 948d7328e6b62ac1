using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>The payload of ROLE: account[32], u8 role.</summary>
internal readonly record struct RolePayload(Bytes32 Account, RoomRole Role)
{
    public byte[] Encode() => [.. Account.ToArray(), (byte)Role];

    public static bool TryParse(ReadOnlySpan<byte> source, out RolePayload payload)
    {
        payload = default;
        if (source.Length != Bytes32.Size + 1) return false;
        var role = (RoomRole)source[Bytes32.Size];
        if (role is not (RoomRole.Admin or RoomRole.Member)) return false;
        payload = new RolePayload(Bytes32.Read(source[..Bytes32.Size]), role);
        return true;
    }
}
