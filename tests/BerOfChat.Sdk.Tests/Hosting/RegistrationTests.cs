using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace BerOfChat.Hosting;

/// <summary>Clients that are registered with a container and run by a host.</summary>
public sealed class RegistrationTests
{
    [Fact]
    public async Task A_host_opens_the_client_while_it_starts_and_closes_it_while_it_stops()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddBerOfChat().UseSignaling(InProcessSignaling.Shared);
        using IHost host = builder.Build();
        var accessor = host.Services.GetRequiredService<BerOfChatClientAccessor>();
        Assert.False(accessor.TryGetClient(out _));
        Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<BerOfChatClient>());

        await host.StartAsync();
        var client = host.Services.GetRequiredService<BerOfChatClient>();
        Assert.True(accessor.TryGetClient(out BerOfChatClient? same));
        Assert.Same(client, same);
        Assert.Same(client, await accessor.GetClientAsync());
        await client.CreateRoomAsync("weekend");

        await host.StopAsync();
        BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(() => client.CreateRoomAsync("later"));
        Assert.Equal(BerOfChatErrorCode.Closed, error.ErrorCode);
        error = await Assert.ThrowsAsync<BerOfChatException>(() => accessor.GetClientAsync());
        Assert.Equal(BerOfChatErrorCode.Closed, error.ErrorCode);
        Assert.False(accessor.TryGetClient(out _));
    }

    [Fact]
    public async Task A_hosted_service_that_starts_earlier_opens_the_client_instead_of_waiting_for_ever()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHostedService<EarlyService>();
        builder.Services.AddBerOfChat();
        using IHost host = builder.Build();
        await host.StartAsync();
        Assert.Same(host.Services.GetRequiredService<BerOfChatClient>(), host.Services.GetServices<IHostedService>().OfType<EarlyService>().Single().Client);
        await host.StopAsync();
    }

    [Fact]
    public async Task Clients_of_several_names_are_apart_and_chat_with_each_other()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        foreach (string name in (string[])["alice", "bob"]) builder.Services.AddBerOfChat(name).UseSignaling<InProcessSignalingOfTheContainer>();
        builder.Services.AddSingleton(new InProcessSignaling());
        using IHost host = builder.Build();
        await host.StartAsync();
        var alice = host.Services.GetRequiredKeyedService<BerOfChatClient>("alice");
        var bob = host.Services.GetRequiredKeyedService<BerOfChatClient>("bob");
        Assert.NotEqual(alice.Id, bob.Id);
        Assert.Null(host.Services.GetService<BerOfChatClient>());

        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        Room room = await alice.CreateRoomAsync("weekend", patience.Token);
        Room joined = await bob.JoinRoomAsync(await room.CreateInviteAsync(cancellationToken: patience.Token), patience.Token);
        await room.SendAsync("hello", patience.Token);
        Assert.Equal("hello", (await joined.ReadMessagesAsync(RoomPosition.Start, patience.Token).FirstAsync(patience.Token)).Text);
        await host.StopAsync(patience.Token);
    }

    [Fact]
    public async Task History_and_identity_stay_in_the_file_of_the_registration()
    {
        string directory = Directory.CreateTempSubdirectory("berofchat-hosting-").FullName;
        try
        {
            List<PeerId> ids = [];
            for (int run = 0; run < 2; run++)
            {
                HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
                builder.Services.AddBerOfChat()
                    .UseSqliteStore(Path.Combine(directory, "alice.db"))
                    .UnlockWith(async (_, cancellationToken) =>
                    {
                        await Task.Yield();
                        cancellationToken.ThrowIfCancellationRequested();
                        return Unlock.WithPassword("correct horse");
                    });
                using IHost host = builder.Build();
                await host.StartAsync();
                ids.Add(host.Services.GetRequiredService<BerOfChatClient>().Id);
                await host.StopAsync();
            }

            Assert.Equal(ids[0], ids[1]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_wrong_password_stops_the_start_and_a_second_try_may_succeed()
    {
        string directory = Directory.CreateTempSubdirectory("berofchat-hosting-").FullName;
        try
        {
            string path = Path.Combine(directory, "alice.db");
            await using (await BerOfChatClient.OpenAsync(new BerOfChatOptions { Store = new SqliteMessageStore(path), Unlock = Unlock.WithPassword("right") })) { }
            string password = "wrong";
            HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Services.AddBerOfChat().UseSqliteStore(path).UnlockWith((_, _) => ValueTask.FromResult(Unlock.WithPassword(password)));
            using IHost host = builder.Build();
            BerOfChatException error = await Assert.ThrowsAsync<BerOfChatException>(() => host.StartAsync());
            Assert.Equal(BerOfChatErrorCode.WrongPassword, error.ErrorCode);
            password = "right";
            Assert.NotNull(await host.Services.GetRequiredService<BerOfChatClientAccessor>().GetClientAsync());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Options_that_are_not_valid_stop_the_start_and_say_what_to_do()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddBerOfChat(options =>
        {
            options.SignalingAddresses.Add(new Uri("https://signal.example"));
            options.TimeProvider = null!;
            options.Signaling = InProcessSignaling.Shared;
        }).UseSignaling(InProcessSignaling.Shared);
        using IHost host = builder.Build();
        OptionsValidationException error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(3, error.Failures.Count());
        Assert.Contains("wss://", error.Message, StringComparison.Ordinal);
        Assert.Contains("UseSignaling", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_that_no_invitation_has_room_for_are_refused_when_the_client_is_opened()
    {
        var options = new BerOfChatOptions();
        options.SignalingAddresses.Add(new Uri("wss://signal.example/" + new string('a', 147)));
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => BerOfChatClient.OpenAsync(options));
        Assert.Contains("147 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invitation_names_the_service_that_was_registered()
    {
        var services = new ServiceCollection();
        services.AddBerOfChat().UseWebSocketSignaling(new Uri("ws://127.0.0.1:9/berofchat"));
        await using ServiceProvider provider = services.BuildServiceProvider();
        BerOfChatClient client = await provider.GetRequiredService<BerOfChatClientAccessor>().GetClientAsync();
        Room room = await client.CreateRoomAsync("weekend");
        Assert.Equal([new Uri("ws://127.0.0.1:9/berofchat")], (await room.CreateInviteAsync()).SignalingAddresses);
    }

    [Fact]
    public void An_address_that_must_not_be_used_is_refused_where_it_is_written()
    {
        var services = new ServiceCollection();
        Assert.Throws<ArgumentException>(() => services.AddBerOfChat().UseWebSocketSignaling(new Uri("ws://signal.example")));
    }

    [Fact]
    public void Adding_a_client_twice_goes_on_with_the_same_one()
    {
        var services = new ServiceCollection();
        BerOfChatBuilder first = services.AddBerOfChat();
        Assert.Same(first, services.AddBerOfChat(options => options.SignalingAddresses.Add(new Uri("wss://signal.example"))));
        Assert.NotSame(first, services.AddBerOfChat("work"));
        Assert.Equal(2, services.Count(service => service.ServiceType == typeof(IHostedService)));
    }

    [Fact]
    public async Task What_was_made_for_the_client_is_disposed_after_it_and_what_was_handed_over_is_not()
    {
        var made = new TracedSignaling();
        var handed = new TracedSignaling();
        var services = new ServiceCollection();
        services.AddBerOfChat("made").UseSignaling(_ => made);
        services.AddBerOfChat("handed").UseSignaling(handed);
        await using (ServiceProvider provider = services.BuildServiceProvider())
        {
            foreach (string name in (string[])["made", "handed"])
            {
                BerOfChatClient client = await provider.GetRequiredKeyedService<BerOfChatClientAccessor>(name).GetClientAsync();
                await (await client.CreateRoomAsync("weekend")).CreateInviteAsync();
            }
        }

        Assert.True(made.IsDisposed);
        Assert.False(handed.IsDisposed);
        Assert.Equal((0, 0), (made.JoinedAfterDisposal, handed.JoinedAfterDisposal));
    }

    [Fact]
    public async Task Closing_while_the_client_opens_ends_both()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var services = new ServiceCollection();
        services.AddBerOfChat().UnlockWith(async (_, cancellationToken) =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return Unlock.FilePermissionsOnly;
        });
        ServiceProvider provider = services.BuildServiceProvider();
        Task<BerOfChatClient> opening = provider.GetRequiredService<BerOfChatClientAccessor>().GetClientAsync();
        await asked.Task;
        await provider.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
    }

    private sealed class EarlyService(BerOfChatClientAccessor accessor) : IHostedService
    {
        public BerOfChatClient? Client { get; private set; }

        public async Task StartAsync(CancellationToken cancellationToken) => Client = await accessor.GetClientAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Made by the container from its services.</summary>
    private sealed class InProcessSignalingOfTheContainer(InProcessSignaling signaling) : ISignalingTransport
    {
        public ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default) => signaling.JoinAsync(topic, cancellationToken);
    }

    private sealed class TracedSignaling : ISignalingTransport, IDisposable
    {
        private readonly InProcessSignaling _inner = new();

        public bool IsDisposed { get; private set; }

        public int JoinedAfterDisposal { get; private set; }

        public ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
        {
            if (IsDisposed) JoinedAfterDisposal++;
            return _inner.JoinAsync(topic, cancellationToken);
        }

        public void Dispose() => IsDisposed = true;
    }
}
