namespace BerOfChat.WebRtc.Ice;

/// <summary>How a candidate was learnt (RFC 8445 section 5.1.1). The value is its type preference.</summary>
internal enum IceCandidateType
{
    Relay = 0,
    ServerReflexive = 100,
    PeerReflexive = 110,
    Host = 126,
}

/// <summary>The names that SDP and statistics use.</summary>
internal static class IceCandidateTypeNames
{
    public static string ToName(this IceCandidateType type) => type switch
    {
        IceCandidateType.Host => "host",
        IceCandidateType.PeerReflexive => "prflx",
        IceCandidateType.ServerReflexive => "srflx",
        _ => "relay",
    };

    public static bool TryParse(ReadOnlySpan<char> name, out IceCandidateType type)
    {
        switch (name)
        {
            case "host":
                type = IceCandidateType.Host;
                return true;
            case "prflx":
                type = IceCandidateType.PeerReflexive;
                return true;
            case "srflx":
                type = IceCandidateType.ServerReflexive;
                return true;
            case "relay":
                type = IceCandidateType.Relay;
                return true;
            default:
                type = default;
                return false;
        }
    }
}
