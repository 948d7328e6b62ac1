namespace BerOfChat.WebRtc.Dtls;

/// <summary>What a DTLS endpoint reports.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Reason">Why it has failed: one sentence without addresses or keys.</param>
/// <param name="IsRefusal">Whether it has failed because one side does not accept the other, rather than on the way.</param>
/// <param name="Failure">Why it has failed, for programs.</param>
internal readonly record struct DtlsEvent(DtlsEventKind Kind, string Reason = "", bool IsRefusal = false, DtlsFailure? Failure = null);

/// <summary>The kinds of <see cref="DtlsEvent"/>.</summary>
internal enum DtlsEventKind
{
    Connected,
    Closed,
    Failed,
}
