namespace BerOfChat.WebRtc.Ice;

/// <summary>What an agent reports.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Line">The candidate as text, with <see cref="IceEventKind.LocalCandidate"/>.</param>
/// <param name="State">The new state, with <see cref="IceEventKind.StateChanged"/>.</param>
internal readonly record struct IceEvent(IceEventKind Kind, string Line = "", IceState State = IceState.New);

/// <summary>The kinds of <see cref="IceEvent"/>.</summary>
internal enum IceEventKind
{
    LocalCandidate,
    GatheringComplete,
    StateChanged,
    SelectedPairChanged,
}
