using System.Diagnostics;
using System.Globalization;
using System.Text;
using BerOfChat.WebRtc;

namespace BerOfChat.NatLab;

/// <summary>One of the two: connects, says in one line how, and goes when the other one goes.</summary>
internal sealed class LabPeer(bool isOfferer, string folder, PeerConnectionOptions options)
{
    private const string EndOfCandidates = "end";

    /// <summary>A path by a relay gets so long to be replaced by a direct one.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <returns>0 when connected.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using FileSignaling signaling = new(folder, isOfferer ? "offerer" : "answerer", isOfferer ? "answerer" : "offerer");
        await using PeerConnection connection = new(options);
        DataChannel channel = await connection.CreateDataChannelAsync("lab", new DataChannelInit { NegotiatedId = 0 }, cancellationToken);
        TaskCompletionSource<long> described = new();
        if (isOfferer) await DescribeAsync(await connection.CreateOfferAsync(cancellationToken));
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task reading = ReadAsync(end.Token);
        try
        {
            await channel.WaitForOpenAsync(cancellationToken);
            TimeSpan time = Stopwatch.GetElapsedTime(await described.Task);
            string first = await ReadPathAsync(connection, cancellationToken), last = first;
            for (long begun = Stopwatch.GetTimestamp(); IsRelay(last) && options.IceTransportPolicy == IceTransportPolicy.All && Stopwatch.GetElapsedTime(begun) < s_patience;)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
                last = await ReadPathAsync(connection, cancellationToken);
            }

            await ExchangeAsync(channel, cancellationToken);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(IsRelay(last) ? "relay" : "direct")} {last}, at first {first} after {time.TotalMilliseconds:F0} ms"));
            return 0;
        }
        catch (Exception e) when (e is WebRtcException or OperationCanceledException)
        {
            Console.WriteLine($"none {(e as WebRtcException)?.ErrorCode.ToString() ?? "Timeout"}");
            return 1;
        }
        finally
        {
            await end.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task DescribeAsync(SessionDescription description)
        {
            await signaling.WriteAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(description.Sdp)));
            await connection.SetLocalDescriptionAsync(description, cancellationToken);
            _ = TrickleAsync();
        }

        async Task TrickleAsync()
        {
            await foreach (string candidate in connection.ReadLocalCandidatesAsync(cancellationToken)) await signaling.WriteAsync(candidate);
            await signaling.WriteAsync(EndOfCandidates);
        }

        async Task ReadAsync(CancellationToken token)
        {
            bool isDescription = true;
            await foreach (string line in signaling.ReadAllAsync(token))
            {
                if (isDescription)
                {
                    isDescription = false;
                    described.TrySetResult(Stopwatch.GetTimestamp());
                    await connection.SetRemoteDescriptionAsync(new SessionDescription(isOfferer ? SessionDescriptionType.Answer : SessionDescriptionType.Offer, Encoding.UTF8.GetString(Convert.FromBase64String(line))), token);
                    if (!isOfferer) await DescribeAsync(await connection.CreateAnswerAsync(token));
                }
                else
                {
                    await connection.AddIceCandidateAsync(line == EndOfCandidates ? "" : line, token);
                }
            }
        }
    }

    // Both have said how they are connected before either goes.
    private static async Task ExchangeAsync(DataChannel channel, CancellationToken cancellationToken)
    {
        await channel.SendAsync("seen", cancellationToken);
        await foreach (DataChannelMessage _ in channel.ReadAllAsync(cancellationToken)) break;
        await channel.SendAsync("bye", cancellationToken);
        try
        {
            await foreach (DataChannelMessage _ in channel.ReadAllAsync(cancellationToken)) break;
        }
        catch (WebRtcException)
        {
            // The other one has gone first.
        }
    }

    private static bool IsRelay(string path) => path.Contains("relay", StringComparison.Ordinal);

    private static async Task<string> ReadPathAsync(PeerConnection connection, CancellationToken cancellationToken)
    {
        PeerConnectionStatistics statistics = await connection.GetStatisticsAsync(cancellationToken);
        return $"{statistics.LocalCandidateType}-{statistics.RemoteCandidateType}";
    }
}
