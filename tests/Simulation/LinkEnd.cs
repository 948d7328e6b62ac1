namespace BerOfChat.Simulation;

/// <summary>One of the two ends of a <see cref="SimulatedLink"/>.</summary>
internal enum LinkEnd
{
    A = 0,
    B = 1,
}

internal static class LinkEndExtensions
{
    public static LinkEnd Other(this LinkEnd end) => end == LinkEnd.A ? LinkEnd.B : LinkEnd.A;
}
