using System.Text.Json;

namespace BerOfChat.Browser;

/// <summary>Another stack, in which peer.js runs.</summary>
internal interface IPeerScript : IAsyncDisposable
{
    /// <summary>The peer's candidates as they are found; ends when there are no more.</summary>
    IAsyncEnumerable<string> ReadCandidatesAsync(CancellationToken cancellationToken);

    /// <summary>Calls a function of peer.js and waits for the promise that it returns.</summary>
    /// <exception cref="PeerException">It has thrown.</exception>
    Task<JsonElement> CallAsync(string function, object?[] arguments, CancellationToken cancellationToken);
}

/// <summary>The scripts of the other side.</summary>
internal static class PeerScript
{
    /// <summary>peer.js, which every stack can run.</summary>
    public static string Text { get; } = Read("peer.js");

    /// <summary>page.js, which needs a browser and peer.js before it.</summary>
    public static string OfPage { get; } = Read("page.js");

    /// <summary>A call as an expression.</summary>
    public static string Call(string function, object?[] arguments) => $"{function}({string.Join(',', arguments.Select(a => JsonSerializer.Serialize(a)))})";

    private static string Read(string name)
    {
        using StreamReader reader = new(typeof(PeerScript).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

/// <summary>The other side says no, or is gone.</summary>
internal sealed class PeerException(string message) : Exception(message);
