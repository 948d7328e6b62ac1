using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BerOfChat.Hosting;

/// <summary>What the health check says, and that it says no more.</summary>
public sealed class HealthCheckTests
{
    [Fact]
    public async Task It_is_degraded_until_the_client_is_open_healthy_then_and_unhealthy_once_it_is_closed()
    {
        await using ServiceProvider provider = Build(builder => builder.UseSignaling(InProcessSignaling.Shared));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(provider)).Status);
        var accessor = provider.GetRequiredService<BerOfChatClientAccessor>();
        BerOfChatClient client = await accessor.GetClientAsync();
        await client.CreateRoomAsync("weekend");
        HealthReportEntry entry = await CheckAsync(provider);
        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.Equal(1, entry.Data["rooms"]);
        Assert.Equal(0, entry.Data["connections"]);
        await accessor.DisposeAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(provider)).Status);
    }

    [Fact]
    public async Task It_is_unhealthy_when_the_client_could_not_be_opened_and_says_why()
    {
        await using ServiceProvider provider = Build(builder => builder.UseStore(_ => new FailingStore { FailsToOpen = true }));
        await Assert.ThrowsAsync<BerOfChatException>(() => provider.GetRequiredService<BerOfChatClientAccessor>().GetClientAsync());
        HealthReportEntry entry = await CheckAsync(provider);
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains(nameof(BerOfChatErrorCode.StoreUnavailable), entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_degraded_while_signaling_cannot_be_reached_and_names_no_address()
    {
        var signaling = new FailingSignaling();
        await using ServiceProvider provider = Build(builder => builder.UseSignaling(signaling));
        BerOfChatClient client = await provider.GetRequiredService<BerOfChatClientAccessor>().GetClientAsync();
        await (await client.CreateRoomAsync("weekend")).CreateInviteAsync();
        await signaling.Failed.Task;
        HealthReportEntry entry = await UntilAsync(provider, HealthStatus.Degraded);
        Assert.Contains(nameof(BerOfChatErrorCode.SignalingUnavailable), entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("secret.example", entry.Description + string.Join(' ', entry.Data.Values), StringComparison.Ordinal);

        signaling.Works = true;
        await (await client.CreateRoomAsync("another")).CreateInviteAsync();
        await UntilAsync(provider, HealthStatus.Healthy);
    }

    [Fact]
    public async Task It_is_unhealthy_once_the_store_could_not_be_written()
    {
        var store = new FailingStore();
        await using ServiceProvider provider = Build(builder => builder.UseStore(_ => store));
        BerOfChatClient client = await provider.GetRequiredService<BerOfChatClientAccessor>().GetClientAsync();
        Room room = await client.CreateRoomAsync("weekend");
        store.FailsToCommit = true;
        await Assert.ThrowsAsync<BerOfChatException>(() => room.SendAsync("hello"));
        HealthReportEntry entry = await CheckAsync(provider);
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains(nameof(BerOfChatErrorCode.StoreUnavailable), entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("disk of alice", entry.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_with_a_name_has_a_check_of_its_own()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddBerOfChat("work");
        services.AddHealthChecks().AddBerOfChat("work", failureStatus: HealthStatus.Degraded, tags: ["ready"]);
        await using ServiceProvider provider = services.BuildServiceProvider();
        await provider.GetRequiredKeyedService<BerOfChatClientAccessor>("work").GetClientAsync();
        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(["berofchat-work"], report.Entries.Keys);
        Assert.Equal(HealthStatus.Healthy, report.Status);
        await provider.GetRequiredKeyedService<BerOfChatClientAccessor>("work").DisposeAsync();
        Assert.Equal(HealthStatus.Degraded, (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status);
    }

    private static ServiceProvider Build(Action<BerOfChatBuilder> configure)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        configure(services.AddBerOfChat());
        services.AddHealthChecks().AddBerOfChat();
        return services.BuildServiceProvider();
    }

    private static async Task<HealthReportEntry> CheckAsync(ServiceProvider provider) =>
        Assert.Single((await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries).Value;

    /// <summary>Topics are joined in the background, so their outcome comes a moment later.</summary>
    private static async Task<HealthReportEntry> UntilAsync(ServiceProvider provider, HealthStatus status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            HealthReportEntry entry = await CheckAsync(provider);
            if (entry.Status == status) return entry;
            await Task.Delay(10, patience.Token);
        }
    }

    private sealed class FailingSignaling : ISignalingTransport
    {
        private readonly InProcessSignaling _inner = new();

        public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Works { get; set; }

        public ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
        {
            if (Works) return _inner.JoinAsync(topic, cancellationToken);
            Failed.TrySetResult();
            throw new BerOfChatException(BerOfChatErrorCode.SignalingUnavailable, "secret.example does not answer.", isTransient: true);
        }
    }

    private sealed class FailingStore : IMessageStore
    {
        private readonly InMemoryMessageStore _inner = new();

        public bool FailsToOpen { get; init; }

        public bool FailsToCommit { get; set; }

        public ValueTask OpenAsync(CancellationToken cancellationToken = default) => FailsToOpen ? throw Failure() : _inner.OpenAsync(cancellationToken);

        public ValueTask CommitAsync(StoreBatch batch, StoreDurability durability, CancellationToken cancellationToken = default) =>
            FailsToCommit ? throw Failure() : _inner.CommitAsync(batch, durability, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(StoreKey key, CancellationToken cancellationToken = default) => _inner.GetAsync(key, cancellationToken);

        public ValueTask<StorePage> ReadAsync(StoreRange range, int limit, CancellationToken cancellationToken = default) => _inner.ReadAsync(range, limit, cancellationToken);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();

        private static BerOfChatException Failure() => new(BerOfChatErrorCode.StoreUnavailable, "The disk of alice is full.");
    }
}
