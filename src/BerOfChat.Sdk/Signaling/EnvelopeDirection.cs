namespace BerOfChat.Signaling;

/// <summary>Who wrote an envelope, seen from the Noise handshake that follows; the values stand in the envelope.</summary>
internal enum EnvelopeDirection : byte
{
    /// <summary>"i2r": the offerer, who will be the Noise initiator.</summary>
    InitiatorToResponder = 1,

    /// <summary>"r2i": the answerer.</summary>
    ResponderToInitiator = 2,
}

internal static class EnvelopeDirectionExtensions
{
    public static EnvelopeDirection Opposite(this EnvelopeDirection direction) =>
        direction == EnvelopeDirection.InitiatorToResponder ? EnvelopeDirection.ResponderToInitiator : EnvelopeDirection.InitiatorToResponder;

    /// <summary>How the direction is written in key derivations.</summary>
    public static ReadOnlySpan<byte> Label(this EnvelopeDirection direction) => direction == EnvelopeDirection.InitiatorToResponder ? "i2r"u8 : "r2i"u8;
}
