namespace BerOfChat.WebRtc.Turn;

/// <summary>The error codes of STUN and TURN (RFC 8489 section 14.8, RFC 8656 section 19).</summary>
internal static class TurnErrorCode
{
    public const int TryAlternate = 300;
    public const int BadRequest = 400;
    public const int Unauthenticated = 401;
    public const int Forbidden = 403;
    public const int AllocationMismatch = 437;
    public const int StaleNonce = 438;
    public const int AddressFamilyNotSupported = 440;
    public const int WrongCredentials = 441;
    public const int UnsupportedTransport = 442;
    public const int PeerAddressFamilyMismatch = 443;
    public const int AllocationQuotaReached = 486;
    public const int ServerError = 500;
    public const int InsufficientCapacity = 508;

    /// <summary>What a code means for an allocation; 401 only where it says nothing with which the request could be repeated.</summary>
    /// <param name="code">The code.</param>
    /// <param name="isFirst">Whether it is the answer to the request for it; else there was one already.</param>
    public static TurnFailureKind ToFailure(int code, bool isFirst) => code switch
    {
        Unauthenticated => TurnFailureKind.InvalidResponse,
        Forbidden => TurnFailureKind.Forbidden,
        AllocationMismatch => isFirst ? TurnFailureKind.AllocationMismatch : TurnFailureKind.AllocationLost,
        StaleNonce => TurnFailureKind.StaleNonce,
        AddressFamilyNotSupported or PeerAddressFamilyMismatch => TurnFailureKind.AddressFamilyUnsupported,
        WrongCredentials => TurnFailureKind.WrongCredentials,
        UnsupportedTransport => TurnFailureKind.TransportUnsupported,
        AllocationQuotaReached => TurnFailureKind.QuotaReached,
        InsufficientCapacity => TurnFailureKind.InsufficientCapacity,
        _ => TurnFailureKind.ServerError,
    };
}
