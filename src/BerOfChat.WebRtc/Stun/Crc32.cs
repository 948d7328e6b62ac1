namespace BerOfChat.WebRtc.Stun;

/// <summary>The CRC-32 of ISO 3309 that FINGERPRINT is made of. Checks are small and rare: a table is fast enough.</summary>
internal static class Crc32
{
    private const uint ReversedPolynomial = 0xEDB88320;
    private static readonly uint[] s_table = BuildTable();

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data) crc = s_table[(byte)(crc & 0xFF) ^ b] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] BuildTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? ReversedPolynomial ^ (value >> 1) : value >> 1;
            table[i] = value;
        }

        return table;
    }
}
