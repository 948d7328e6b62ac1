namespace BerOfChat.Sessions;

/// <summary>The handshakes that a session can begin with; the values stand in offers, answers and the prologue.</summary>
internal enum SessionSuite : ushort
{
    /// <summary>Noise_XX_25519_AESGCM_SHA256, among devices that know each other.</summary>
    Pair = 0x0001,

    /// <summary>Noise_XXpsk0_25519_AESGCM_SHA256, on an invitation.</summary>
    Invite = 0x0002,
}
