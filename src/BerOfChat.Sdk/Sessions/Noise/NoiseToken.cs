namespace BerOfChat.Sessions.Noise;

/// <summary>What a handshake message does, in the words of the Noise specification (revision 34, sections 5.3 and 9.2).</summary>
internal enum NoiseToken
{
    /// <summary>Send a fresh ephemeral key.</summary>
    E,

    /// <summary>Send the static key, encrypted once there is a key.</summary>
    S,

    /// <summary>Agree: both ephemeral keys.</summary>
    EE,

    /// <summary>Agree: the initiator's ephemeral key and the responder's static key.</summary>
    ES,

    /// <summary>Agree: the initiator's static key and the responder's ephemeral key.</summary>
    SE,

    /// <summary>Agree: both static keys.</summary>
    SS,

    /// <summary>Mix in the next pre-shared key.</summary>
    Psk,
}
