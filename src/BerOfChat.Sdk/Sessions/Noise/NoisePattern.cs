namespace BerOfChat.Sessions.Noise;

/// <summary>A handshake pattern as data: what each message does, beginning with the initiator's first.</summary>
/// <param name="name">The pattern's name with its modifiers, for example <c>XXpsk0</c>.</param>
/// <param name="messages">The tokens of each message, in turn from initiator and responder.</param>
internal sealed class NoisePattern(string name, IReadOnlyList<IReadOnlyList<NoiseToken>> messages)
{
    /// <summary>Both sides prove their static keys, and send them encrypted.</summary>
    public static NoisePattern XX { get; } = new("XX", [[NoiseToken.E], [NoiseToken.E, NoiseToken.EE, NoiseToken.S, NoiseToken.ES], [NoiseToken.S, NoiseToken.SE]]);

    /// <summary>The same, and nobody without the pre-shared key can read or answer even the first message.</summary>
    public static NoisePattern XXpsk0 { get; } = new("XXpsk0", [[NoiseToken.Psk, .. XX.Messages[0]], XX.Messages[1], XX.Messages[2]]);

    /// <summary>The full protocol name, which is the first thing that is hashed.</summary>
    public string ProtocolName { get; } = $"Noise_{name}_25519_AESGCM_SHA256";

    public IReadOnlyList<IReadOnlyList<NoiseToken>> Messages { get; } = messages;

    /// <summary>Whether the responder knows the initiator's static key beforehand.</summary>
    public bool IsInitiatorKnown { get; init; }

    /// <summary>Whether the initiator knows the responder's static key beforehand.</summary>
    public bool IsResponderKnown { get; init; }

    /// <summary>How many pre-shared keys the pattern takes.</summary>
    public int PskCount { get; } = messages.Sum(tokens => tokens.Count(token => token == NoiseToken.Psk));
}
