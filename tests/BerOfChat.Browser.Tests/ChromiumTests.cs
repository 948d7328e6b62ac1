using System.Net;
using System.Text.Json;
using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>The guard against a private dialect: a browser must understand every byte that we send, and we its.</summary>
public sealed class ChromiumTests
{
    private static readonly int[] s_sizes = [0, 1, 1000, 16_384, 65_536];

    [Fact]
    public async Task Chromium_offers_and_exchanges_every_size_and_many_small_messages()
    {
        if (Chromium.Find() is not { } executable)
        {
            Assert.Skip("Chromium is not installed (Debian: apt-get install chromium).");
            return;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        await using PageServer server = await PageServer.StartAsync(patience.Token);
        await using Chromium chromium = Chromium.Start(executable, server.Page);
        await using var connection = new PeerConnection(new PeerConnectionOptions { BindAddresses = [IPAddress.Loopback] });
        try
        {
            await RunAsync(server, connection, patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"It took too long; the connection is {connection.ConnectionState}. Chromium says:\n{chromium.Errors}");
        }
    }

    private static async Task RunAsync(PageServer server, PeerConnection connection, CancellationToken cancellationToken)
    {
        Task<DataChannel> announced = FirstAsync(connection.ReadDataChannelsAsync(cancellationToken));
        TaskCompletionSource passed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task signaling = SignalAsync(server, connection, passed, closed, cancellationToken);

        DataChannel channel = await await Task.WhenAny(announced, FailureOf<DataChannel>(signaling));
        Assert.Equal("test", channel.Label);
        Task talking = TalkAsync(channel, cancellationToken);
        await await Task.WhenAny(Task.WhenAll(talking, passed.Task), signaling);

        PeerConnectionStatistics statistics = await connection.GetStatisticsAsync(cancellationToken);
        Assert.Equal("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", statistics.CipherSuite);
        Assert.Equal("host", statistics.LocalCandidateType);
        Assert.Equal(PeerConnectionState.Connected, connection.ConnectionState);

        await server.SendAsync(new { close = true }, cancellationToken);
        await closed.Task.WaitAsync(cancellationToken);
        await foreach (DataChannelMessage _ in channel.ReadAllAsync(cancellationToken)) Assert.Fail("Nothing more was sent.");
    }

    private static async Task TalkAsync(DataChannel channel, CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<DataChannelMessage> messages = channel.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        foreach (int size in s_sizes)
        {
            Assert.True(await messages.MoveNextAsync());
            Assert.Equal(DataChannelMessageKind.Binary, messages.Current.Kind);
            Assert.Equal(Pattern(1, size), messages.Current.Payload.ToArray());
            Assert.True(await messages.MoveNextAsync());
            Assert.Equal(DataChannelMessageKind.Text, messages.Current.Kind);
            Assert.Equal(Text(2, size), messages.Current.Text);
            await channel.SendAsync(Pattern(3, size), cancellationToken);
            await channel.SendAsync(Text(4, size), cancellationToken);
        }

        for (int i = 0; i < SmallMessages; i++) await channel.SendAsync($"small {i}", cancellationToken);
        for (int i = 0; i < SmallMessages; i++)
        {
            Assert.True(await messages.MoveNextAsync());
            Assert.Equal($"small {i}", messages.Current.Text);
        }
    }

    private static async Task SignalAsync(PageServer server, PeerConnection connection, TaskCompletionSource passed, TaskCompletionSource closed, CancellationToken cancellationToken)
    {
        await foreach (JsonElement message in server.Received.ReadAllAsync(cancellationToken))
        {
            if (message.TryGetProperty("failed", out JsonElement failed)) Assert.Fail($"The page says: {failed.GetString()}");
            if (message.TryGetProperty("passed", out _)) passed.SetResult();
            if (message.TryGetProperty("closed", out _)) closed.SetResult();
            if (message.TryGetProperty("candidate", out JsonElement candidate)) await connection.AddIceCandidateAsync(candidate.GetString()!, cancellationToken);
            if (!message.TryGetProperty("offer", out JsonElement offer)) continue;

            await connection.SetRemoteDescriptionAsync(new SessionDescription(SessionDescriptionType.Offer, offer.GetString()!), cancellationToken);
            SessionDescription answer = await connection.CreateAnswerAsync(cancellationToken);
            await connection.SetLocalDescriptionAsync(answer, cancellationToken);
            await server.SendAsync(new { answer = answer.Sdp }, cancellationToken);
            await foreach (string own in connection.ReadLocalCandidatesAsync(cancellationToken)) await server.SendAsync(new { candidate = own }, cancellationToken);
        }
    }

    private static async Task<T> FailureOf<T>(Task task)
    {
        await task;
        throw new InvalidOperationException("The page has gone before the connection was up.");
    }

    private static async Task<DataChannel> FirstAsync(IAsyncEnumerable<DataChannel> channels)
    {
        await foreach (DataChannel channel in channels) return channel;
        throw new InvalidOperationException("The connection ended before a channel was announced.");
    }

    private static byte[] Pattern(int seed, int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(((seed * 31) + (i * 7) + (i >> 8)) & 0xFF))];

    private static string Text(int seed, int size)
    {
        string block = string.Concat(Enumerable.Range(0, Math.Min(size, 4096)).Select(i => (char)(97 + ((seed + i) % 26))));
        return size > 4096 ? string.Concat(Enumerable.Repeat(block, size / 4096)) : block;
    }

    private const int SmallMessages = 1000;
}
