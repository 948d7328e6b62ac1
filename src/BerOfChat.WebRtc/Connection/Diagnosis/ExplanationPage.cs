using System.Globalization;
using System.Text;

namespace BerOfChat.WebRtc.Connection.Diagnosis;

/// <summary>An explanation as a page of a few lines. Servers are named by what they are, not by where.</summary>
internal static class ExplanationPage
{
    /// <summary>A peer can name many addresses; what is left out is counted.</summary>
    private const int MaxPairs = 12, MaxServers = 16;

    public static string Write(ConnectionExplanation explanation)
    {
        StringBuilder page = new();
        page.AppendLine(CultureInfo.InvariantCulture, $"{explanation.Diagnosis}: {explanation.Summary}");
        if (explanation.Cure.Length > 0) page.AppendLine(CultureInfo.InvariantCulture, $"What to do: {explanation.Cure}");
        page.AppendLine(CultureInfo.InvariantCulture, $"State: {explanation.State}{(explanation.ErrorCode is { } code ? $" ({code})" : "")}");
        page.AppendLine(CultureInfo.InvariantCulture, $"Candidates: ours {Join(explanation.LocalCandidateTypes)}; the peer's {Join(explanation.RemoteCandidateTypes)}");
        page.AppendLine(CultureInfo.InvariantCulture, $"Our NAT: {explanation.LocalNat}");
        page.AppendLine(CultureInfo.InvariantCulture, $"The peer's NAT: {explanation.RemoteNat}");
        Write(page, "Servers", explanation.Servers, MaxServers, static s => $"{(s.IsTurn ? "TURN" : "STUN")} over {s.Protocol.ToUpperInvariant()}: {(s.Served switch { true => "served", false => "did not serve", null => "awaited" })}{Milliseconds(s.RoundTripTime)}{After(s.Error)}");
        Write(page, "Paths", explanation.CandidatePairs, MaxPairs, static p => $"{p.LocalCandidateType} to {p.RemoteCandidateType}{(p.IsIPv6 ? " (IPv6)" : "")}: {p.State}{(p.IsSelected ? ", in use" : "")}{Milliseconds(p.RoundTripTime)}{After(p.Error)}");
        return page.ToString().TrimEnd();
    }

    private static void Write<T>(StringBuilder page, string title, IReadOnlyList<T> items, int most, Func<T, string> describe)
    {
        page.AppendLine(CultureInfo.InvariantCulture, $"{title}:{(items.Count == 0 ? " none" : "")}");
        foreach (T item in items.Take(most)) page.AppendLine(CultureInfo.InvariantCulture, $"  {describe(item)}");
        if (items.Count > most) page.AppendLine(CultureInfo.InvariantCulture, $"  and {items.Count - most} more");
    }

    private static string Join(IReadOnlyList<string> kinds) => kinds.Count == 0 ? "none" : string.Join(", ", kinds);

    private static string Milliseconds(TimeSpan? time) => time is { } t ? string.Create(CultureInfo.InvariantCulture, $", {t.TotalMilliseconds:0.#} ms") : "";

    private static string After(string? error) => error is null ? "" : $". {error}";
}
