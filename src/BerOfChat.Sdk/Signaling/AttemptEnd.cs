namespace BerOfChat.Signaling;

/// <summary>Why an attempt is over.</summary>
internal enum AttemptEnd
{
    /// <summary>It is not.</summary>
    None = 0,

    /// <summary>No link was open after <see cref="NegotiationAttempt.Limit"/>.</summary>
    TimedOut,

    /// <summary>The peer began another attempt, so it has given up this one.</summary>
    Replaced,

    /// <summary>The peer supports none of the offered suites.</summary>
    NoCommonSuite,

    /// <summary>The peer answered the same offer twice and differently: it lost its memory in between.</summary>
    PeerRestarted,

    /// <summary>The owner said so: the link could not be opened, or it is over.</summary>
    ByOwner,
}
