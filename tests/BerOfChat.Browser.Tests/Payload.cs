namespace BerOfChat.Browser;

/// <summary>Messages whose every byte depends on its place, as peer.js makes them too.</summary>
internal static class Payload
{
    public static byte[] Bytes(int seed, int size)
    {
        byte[] result = new byte[size];
        for (int i = 0; i < size; i++) result[i] = unchecked((byte)((seed * 31) + (i * 7) + ((i >> 8) * 3) + ((i >> 16) * 13)));
        return result;
    }

    public static string Text(int seed, int size) => string.Create(size, Bytes(seed, size), static (text, bytes) =>
    {
        for (int i = 0; i < text.Length; i++) text[i] = (char)('a' + (bytes[i] % 26));
    });
}
