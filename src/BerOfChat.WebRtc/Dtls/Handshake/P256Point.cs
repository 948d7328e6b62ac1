using System.Security.Cryptography;

namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>A point of P-256 in uncompressed form: 4, x, y.</summary>
internal static class P256Point
{
    private const int CoordinateSize = 32;
    private const int Size = 1 + (2 * CoordinateSize);
    private const byte Uncompressed = 4;

    public static byte[] Encode(ECPoint point) => [Uncompressed, .. point.X!, .. point.Y!];

    /// <summary>Reads a point. Whether it lies on the curve, the framework finds out when a key is made of it.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, out ECParameters parameters)
    {
        parameters = default;
        if (source.Length != Size || source[0] != Uncompressed) return false;
        parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = source.Slice(1, CoordinateSize).ToArray(), Y = source[(1 + CoordinateSize)..].ToArray() },
        };
        return true;
    }
}
