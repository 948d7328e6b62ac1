namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>Numbers that both hellos use.</summary>
internal static class Hello
{
    public const int RandomSize = 32;
    public const int MaxSessionIdSize = 32;
    public const ushort Dtls12 = 0xFEFD;
    public const ushort EcdsaSecp256r1Sha256 = 0x0403;
    public const byte NoCompression = 0;
    public const byte UncompressedPoints = 0;

    public const ushort SupportedGroups = 10;
    public const ushort PointFormats = 11;
    public const ushort SignatureAlgorithms = 13;
    public const ushort ExtendedMasterSecret = 23;
    public const ushort RenegotiationInfo = 0xFF01;

    /// <summary>What stands for <see cref="RenegotiationInfo"/> among the cipher suites (RFC 5746 section 3.3).</summary>
    public const ushort RenegotiationInfoSuite = 0x00FF;

    /// <summary>The content of a <see cref="RenegotiationInfo"/> in a first handshake.</summary>
    public static ReadOnlySpan<byte> FirstHandshake => [0];

    public static ReadOnlySpan<byte> OnlyUncompressedPoints => [1, UncompressedPoints];
}
