namespace BerOfChat.WebRtc.Dtls;

/// <summary>What a DTLS endpoint reports.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Reason">Why it has failed: one sentence without addresses or keys.</param>
internal readonly record struct DtlsEvent(DtlsEventKind Kind, string Reason = "");

/// <summary>The kinds of <see cref="DtlsEvent"/>.</summary>
internal enum DtlsEventKind
{
    Connected,
    Closed,
    Failed,
}
