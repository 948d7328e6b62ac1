using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The extensions of a hello (RFC 5246 section 7.4.1.4): at most <see cref="HandshakeLimits.MaxExtensions"/>, none of them twice.</summary>
internal readonly ref struct HelloExtensions
{
    private readonly ReadOnlySpan<byte> _encoded;

    private HelloExtensions(ReadOnlySpan<byte> encoded) => _encoded = encoded;

    /// <summary>Reads what is left of a hello. A hello may also end before its extensions.</summary>
    public static bool TryRead(scoped ref SpanReader hello, out HelloExtensions extensions)
    {
        extensions = default;
        if (hello.Remaining == 0) return true;
        if (!hello.TryReadVector(2, out ReadOnlySpan<byte> encoded) || hello.Remaining != 0) return false;
        Span<ushort> seen = stackalloc ushort[HandshakeLimits.MaxExtensions];
        int count = 0;
        SpanReader reader = new(encoded);
        while (reader.Remaining > 0)
        {
            if (!reader.TryReadUInt16(out ushort type) || !reader.TryReadVector(2, out _)) return false;
            if (count == seen.Length || seen[..count].Contains(type)) return false;
            seen[count++] = type;
        }

        extensions = new HelloExtensions(encoded);
        return true;
    }

    public bool TryFind(ushort type, out ReadOnlySpan<byte> data)
    {
        SpanReader reader = new(_encoded);
        while (reader.TryReadUInt16(out ushort next) && reader.TryReadVector(2, out data))
        {
            if (next == type) return true;
        }

        data = default;
        return false;
    }

    public bool Has(ushort type) => TryFind(type, out _);

    /// <summary>Whether every extension is one of these.</summary>
    public bool AreWithin(ReadOnlySpan<ushort> types)
    {
        SpanReader reader = new(_encoded);
        while (reader.TryReadUInt16(out ushort type) && reader.TryReadVector(2, out _))
        {
            if (!types.Contains(type)) return false;
        }

        return true;
    }

    public static void Write(TlsWriter writer, ushort type, ReadOnlySpan<byte> data)
    {
        writer.WriteUInt16(type);
        writer.WriteVector(2, data);
    }
}
