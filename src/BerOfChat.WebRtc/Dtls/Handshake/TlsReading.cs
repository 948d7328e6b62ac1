using System.Buffers.Binary;
using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>Reads the vectors of TLS from untrusted bytes.</summary>
internal static class TlsReading
{
    /// <summary>Reads a vector whose length takes 1 to 3 bytes.</summary>
    public static bool TryReadVector(this scoped ref SpanReader reader, int lengthSize, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!reader.TryReadBytes(lengthSize, out ReadOnlySpan<byte> bytes)) return false;
        int length = 0;
        foreach (byte b in bytes) length = (length << 8) | b;
        return reader.TryReadBytes(length, out value);
    }

    /// <summary>Whether a list of 16-bit codes has this one.</summary>
    public static bool HasCode(this ReadOnlySpan<byte> codes, ushort code)
    {
        for (int i = 0; i + 1 < codes.Length; i += 2)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(codes[i..]) == code) return true;
        }

        return false;
    }

    /// <summary>Reads a list of 16-bit codes that fills <paramref name="data"/> whole: at least one, and no half of one.</summary>
    public static bool TryReadCodes(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> codes)
    {
        SpanReader reader = new(data);
        return reader.TryReadVector(2, out codes) && reader.Remaining == 0 && codes.Length >= 2 && codes.Length % 2 == 0;
    }
}
