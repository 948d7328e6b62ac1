using System.Net;
using System.Net.Sockets;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Connects to one of several addresses of a server, without waiting long for those that do not answer (happy eyeballs, RFC 8305).</summary>
internal static class AddressRace
{
    /// <summary>So many addresses of a name are tried.</summary>
    public const int MaxAddresses = 8;

    /// <summary>What an address gets before the next one is tried besides (RFC 8305 section 5).</summary>
    private static readonly TimeSpan s_headStart = TimeSpan.FromMilliseconds(250);

    /// <summary>Tries the addresses in turn, IPv4 and IPv6 alternately, each one earlier when the one before it has failed. What comes too late is disposed of.</summary>
    /// <exception cref="Exception">All have failed: the last failure.</exception>
    public static async Task<T> RunAsync<T>(IReadOnlyList<IPAddress> addresses, Func<IPAddress, CancellationToken, Task<T>> attempt, TimeProvider timeProvider, CancellationToken cancellationToken)
        where T : IDisposable
    {
        ArgumentOutOfRangeException.ThrowIfZero(addresses.Count, nameof(addresses));
        Queue<IPAddress> waiting = new(Interleave(addresses));
        List<Task<T>> running = [];
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                waiting.TryDequeue(out IPAddress? address);
                Task? pause = waiting.Count > 0 ? Task.Delay(s_headStart, timeProvider, end.Token) : null;
                if (address is not null) running.Add(attempt(address, end.Token));
                if (await Task.WhenAny(pause is null ? running : [.. running, pause]).ConfigureAwait(false) is not Task<T> ended) continue;

                running.Remove(ended);
                if (ended.IsCompletedSuccessfully || running.Count + waiting.Count == 0 || cancellationToken.IsCancellationRequested) return await ended.ConfigureAwait(false);
                _ = ended.Exception;        // seen; another one may do better
            }
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            foreach (Task<T> late in running) Discard(late);
        }
    }

    // The first one's family goes first: the system's order says what it thinks of them.
    private static IEnumerable<IPAddress> Interleave(IReadOnlyList<IPAddress> addresses)
    {
        Queue<IPAddress> preferred = new(addresses.Where(a => a.AddressFamily == addresses[0].AddressFamily));
        Queue<IPAddress> others = new(addresses.Where(a => a.AddressFamily != addresses[0].AddressFamily && a.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6));
        for (int i = 0; i < MaxAddresses && preferred.Count + others.Count > 0; i++)
        {
            if (preferred.Count > 0) yield return preferred.Dequeue();
            (preferred, others) = others.Count > 0 ? (others, preferred) : (preferred, others);
        }
    }

    private static void Discard<T>(Task<T> late)
        where T : IDisposable => late.ContinueWith(
            static task =>
            {
                if (task.IsCompletedSuccessfully) task.Result.Dispose();
                else _ = task.Exception;
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
}
