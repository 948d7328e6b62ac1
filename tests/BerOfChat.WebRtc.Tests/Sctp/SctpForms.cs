using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Sctp;

/// <summary>Which extensions the two sides of a test offer.</summary>
internal static class SctpForms
{
    /// <summary>Messages are interleaved, and packets have checksums, so that a test can take them apart and change them.</summary>
    public static readonly SctpExtensions Interleaved = new() { Interleaving = true };

    /// <summary>Every mixture in turn: neither side, both, or only one of them offers what we have.</summary>
    public static (SctpExtensions OfA, SctpExtensions OfB) From(int seed) => (seed & 3) switch
    {
        0 => (SctpExtensions.None, SctpExtensions.None),
        1 => (SctpExtensions.All, SctpExtensions.None),
        2 => (Interleaved, SctpExtensions.All),
        _ => (SctpExtensions.All, SctpExtensions.All),
    };
}
