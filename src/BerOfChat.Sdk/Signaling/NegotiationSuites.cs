namespace BerOfChat.Signaling;

/// <summary>The session suites that are offered, and the choice among those that the other side offers.</summary>
internal static class NegotiationSuites
{
    /// <summary>Noise_XX_25519_AESGCM_SHA256, among devices that know each other.</summary>
    public const ushort Pair = 0x0001;

    /// <summary>Noise_XXpsk0_25519_AESGCM_SHA256, on an invitation.</summary>
    public const ushort Invite = 0x0002;

    /// <summary>In an answer: none of the offered suites will do.</summary>
    public const ushort None = 0;

    public static ushort Choose(IReadOnlyList<ushort> offered, ushort supported) => offered.Contains(supported) ? supported : None;
}
