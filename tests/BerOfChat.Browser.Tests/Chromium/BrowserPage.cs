using System.Text.Json;
using System.Threading.Channels;

namespace BerOfChat.Browser;

/// <summary>An empty page in which peer.js and page.js run.</summary>
internal sealed class BrowserPage : IPeerScript
{
    private readonly DevTools _devTools;
    private readonly string _target;
    private readonly string _session;
    private readonly Channel<string> _candidates = Channel.CreateUnbounded<string>();

    private BrowserPage(DevTools devTools, string target, string session)
    {
        _devTools = devTools;
        _target = target;
        _session = session;
        devTools.EventReceived += OnEvent;
    }

    public IAsyncEnumerable<string> ReadCandidatesAsync(CancellationToken cancellationToken) => _candidates.Reader.ReadAllAsync(cancellationToken);

    public static async Task<BrowserPage> OpenAsync(DevTools devTools, CancellationToken cancellationToken)
    {
        JsonElement target = await devTools.CallAsync("Target.createTarget", new { url = "about:blank" }, null, cancellationToken);
        string id = target.GetProperty("targetId").GetString()!;
        JsonElement session = await devTools.CallAsync("Target.attachToTarget", new { targetId = id, flatten = true }, null, cancellationToken);
        BrowserPage page = new(devTools, id, session.GetProperty("sessionId").GetString()!);
        await devTools.CallAsync("Runtime.addBinding", new { name = "tell" }, page._session, cancellationToken);
        await page.EvaluateAsync(PeerScript.Text, cancellationToken);
        await page.EvaluateAsync(PeerScript.OfPage, cancellationToken);
        return page;
    }

    public Task<JsonElement> CallAsync(string function, object?[] arguments, CancellationToken cancellationToken) =>
        EvaluateAsync(PeerScript.Call(function, arguments), cancellationToken);

    /// <summary>Takes away everything that nothing holds any more.</summary>
    public Task CollectGarbageAsync(CancellationToken cancellationToken) => _devTools.CallAsync("HeapProfiler.collectGarbage", new { }, _session, cancellationToken);

    /// <summary>Closes the tab as its user would.</summary>
    public async ValueTask DisposeAsync()
    {
        _devTools.EventReceived -= OnEvent;
        _candidates.Writer.TryComplete();
        try
        {
            await _devTools.CallAsync("Target.closeTarget", new { targetId = _target }, null, CancellationToken.None);
        }
        catch (PeerException)
        {
            // It is closed already.
        }
    }

    private async Task<JsonElement> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        JsonElement reply = await _devTools.CallAsync("Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true }, _session, cancellationToken);
        if (reply.TryGetProperty("exceptionDetails", out JsonElement details))
            throw new PeerException(details.TryGetProperty("exception", out JsonElement thrown) && thrown.TryGetProperty("description", out JsonElement text) ? text.GetString()! : details.ToString());
        return reply.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    private void OnEvent(string session, string method, JsonElement parameters)
    {
        if (session != _session || method != "Runtime.bindingCalled") return;
        string candidate = parameters.GetProperty("payload").GetString()!;
        if (candidate.Length == 0) _candidates.Writer.TryComplete();
        else _candidates.Writer.TryWrite(candidate);
    }
}
