namespace BerOfChat.WebRtc.Ice.Gathering;

/// <summary>The numbers of gathering, in one place.</summary>
internal static class IceServerLimits
{
    /// <summary>URLs of a connection.</summary>
    public const int MaxUrls = 16;

    /// <summary>Questions to STUN servers, one for each socket and server: further ones are not asked.</summary>
    public const int MaxQueries = 64;

    /// <summary>Allocations of a connection at TURN servers: each costs the server a port. Further ones are not made.</summary>
    public const int MaxAllocations = 8;

    /// <summary>Addresses as which servers may see our sockets: one that names a new one each time is not believed without end.</summary>
    public const int MaxReflexiveAddresses = 32;

    /// <summary>Before the first repetition of a question; doubles up to <see cref="MaxRetransmission"/>.</summary>
    public static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(250);

    public static readonly TimeSpan MaxRetransmission = TimeSpan.FromSeconds(4);

    /// <summary>How often a question is sent before its server counts as silent, after 16 seconds.</summary>
    public const int MaxTransmissions = 7;

    /// <summary>As long as there is no path, a door that translates addresses is kept open by a question so often (RFC 8445 section 11 says at least every 15 s).</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(12);

    /// <summary>Once some servers have answered, the others have so long: one that is dead must not hold up a description that has to carry all candidates.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Gathering is called complete after this long even if nobody has answered. What answers later still serves.</summary>
    public static readonly TimeSpan MaxGatheringTime = TimeSpan.FromSeconds(5);
}
