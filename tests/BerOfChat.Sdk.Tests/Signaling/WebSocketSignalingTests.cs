using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace BerOfChat.Sdk.Tests.Signaling;

public sealed class WebSocketSignalingTests
{
    private static readonly SignalingTopicId s_topic = new(new byte[32]);

    [Theory]
    [InlineData("wss://signal.example/berofchat")]
    [InlineData("ws://localhost:5080/berofchat")]
    [InlineData("ws://LOCALHOST/")]
    [InlineData("ws://127.0.0.1:5080/")]
    [InlineData("ws://127.9.9.9/")]
    [InlineData("ws://[::1]:5080/")]
    [InlineData("ws://10.1.2.3/")]
    [InlineData("ws://172.16.0.1/")]
    [InlineData("ws://172.31.255.255/")]
    [InlineData("ws://192.168.1.1/")]
    [InlineData("ws://169.254.1.1/")]
    [InlineData("ws://100.64.0.1/")]
    [InlineData("ws://[fd00::1]/")]
    [InlineData("ws://[fe80::1]/")]
    [InlineData("ws://[::ffff:192.168.1.1]/")]
    public async Task Secure_and_private_addresses_are_accepted(string address) => await new WebSocketSignaling(new Uri(address)).DisposeAsync();

    [Theory]
    [InlineData("ws://signal.example/berofchat")]
    [InlineData("ws://printer.local/")]
    [InlineData("ws://localhost.example/")]
    [InlineData("ws://8.8.8.8/")]
    [InlineData("ws://172.32.0.1/")]
    [InlineData("ws://100.128.0.1/")]
    [InlineData("ws://0.0.0.0/")]
    [InlineData("ws://[2001:db8::1]/")]
    [InlineData("ws://[::ffff:8.8.8.8]/")]
    public async Task An_open_connection_to_anywhere_else_needs_to_be_allowed(string address)
    {
        Assert.Throws<ArgumentException>(() => new WebSocketSignaling(new Uri(address)));
        await new WebSocketSignaling(new Uri(address), new WebSocketSignalingOptions { AllowInsecure = true }).DisposeAsync();
    }

    [Theory]
    [InlineData("https://signal.example/")]
    [InlineData("mailto:someone@example.com")]
    [InlineData("/relative")]
    public void Another_scheme_is_refused(string address) =>
        Assert.Throws<ArgumentException>(() => new WebSocketSignaling(new Uri(address, UriKind.RelativeOrAbsolute), new WebSocketSignalingOptions { AllowInsecure = true }));

    [Fact]
    public async Task A_service_that_is_not_there_is_unavailable_for_now()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var signaling = new WebSocketSignaling(new Uri($"ws://127.0.0.1:{port}/"));
        BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(async () => await signaling.JoinAsync(s_topic));
        Assert.Equal((BerOfChatErrorCode.SignalingUnavailable, true), (e.ErrorCode, e.IsTransient));
        Assert.DoesNotContain("127.0.0.1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_given_up_after_the_timeout()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var options = new WebSocketSignalingOptions { ConnectTimeout = TimeSpan.FromMilliseconds(50) };
        await using var signaling = new WebSocketSignaling(new Uri($"ws://127.0.0.1:{port}/"), options);
        BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(async () => await signaling.JoinAsync(s_topic));
        Assert.Equal(BerOfChatErrorCode.SignalingUnavailable, e.ErrorCode);
    }

    [Fact]
    public async Task A_service_that_cannot_be_reached_is_tried_once_a_second_however_many_want_to_join()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        int tries = 0;
        var time = new FakeTimeProvider();
        await using var signaling = new WebSocketSignaling(new Uri($"ws://127.0.0.1:{port}/"), new WebSocketSignalingOptions { TimeProvider = time, Configure = _ => Interlocked.Increment(ref tries) });
        await Assert.ThrowsAsync<BerOfChatException>(async () => await signaling.JoinAsync(s_topic));
        for (int round = 2; round <= 3; round++)
        {
            Task[] joins = [.. Enumerable.Range(0, 10).Select(i => signaling.JoinAsync(TopicOf(i)).AsTask())];
            Assert.DoesNotContain(joins, join => join.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(1));
            foreach (Task join in joins) await Assert.ThrowsAsync<BerOfChatException>(() => join);
            Assert.Equal(round, tries);
        }
    }

    [Fact]
    public async Task A_wrong_path_is_a_refusal()
    {
        await using WebApplication app = await StartAsync(0);
        await using var signaling = new WebSocketSignaling(AddressOf(app, "/elsewhere"));
        BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(async () => await signaling.JoinAsync(s_topic));
        Assert.Equal((BerOfChatErrorCode.SignalingRefused, false), (e.ErrorCode, e.IsTransient));
    }

    [Fact]
    public async Task When_the_service_goes_the_streams_end_and_joining_again_finds_the_next_one()
    {
        WebApplication app = await StartAsync(0);
        Uri address = AddressOf(app, "/berofchat");
        await using var signaling = new WebSocketSignaling(address);
        ISignalingTopic topic = await signaling.JoinAsync(s_topic);
        await app.DisposeAsync();
        await foreach (ReadOnlyMemory<byte> _ in topic.ReadAllAsync(TestContext.Current.CancellationToken)) Assert.Fail("Nobody sent anything.");
        BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(async () => await topic.PublishAsync(new byte[1]));
        Assert.Equal(BerOfChatErrorCode.SignalingUnavailable, e.ErrorCode);

        await using WebApplication next = await StartAsync(address.Port);
        await using ISignalingTopic again = await signaling.JoinAsync(s_topic);
        await again.PublishAsync(new byte[1]);
    }

    [Fact]
    public async Task Disposing_ends_all_topics_and_may_be_repeated()
    {
        await using WebApplication app = await StartAsync(0);
        var signaling = new WebSocketSignaling(AddressOf(app, "/berofchat"));
        ISignalingTopic topic = await signaling.JoinAsync(s_topic);
        await signaling.DisposeAsync();
        await signaling.DisposeAsync();
        await foreach (ReadOnlyMemory<byte> _ in topic.ReadAllAsync(TestContext.Current.CancellationToken)) Assert.Fail("Nobody sent anything.");
        await topic.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await signaling.JoinAsync(s_topic));
    }

    [Fact]
    public async Task One_that_never_connected_can_be_disposed_while_it_tries()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var signaling = new WebSocketSignaling(new Uri($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        Task joining = signaling.JoinAsync(s_topic).AsTask();
        await signaling.DisposeAsync();
        Assert.Equal(BerOfChatErrorCode.Closed, (await Assert.ThrowsAsync<BerOfChatException>(() => joining)).ErrorCode);
    }

    [Fact]
    public async Task One_topic_too_many_is_refused_and_costs_the_others_nothing()
    {
        await using WebApplication app = await StartAsync(0);
        await using var signaling = new WebSocketSignaling(AddressOf(app, "/berofchat"));
        await using var peer = new WebSocketSignaling(AddressOf(app, "/berofchat"));
        List<ISignalingTopic> topics = [];
        for (int i = 0; i < 1024; i++) topics.Add(await signaling.JoinAsync(TopicOf(i)));
        BerOfChatException e = await Assert.ThrowsAsync<BerOfChatException>(async () => await signaling.JoinAsync(TopicOf(1024)));
        Assert.Equal((BerOfChatErrorCode.SignalingRefused, true), (e.ErrorCode, e.IsTransient));

        // What is written to the last one comes through: the service has not closed the connection. Repeated, because joining is not acknowledged.
        await using ISignalingTopic last = await peer.JoinAsync(TopicOf(1023));
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> reading = topics[1023].ReadAllAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        Task<bool> read = reading.MoveNextAsync().AsTask();
        while (!read.IsCompleted)
        {
            await last.PublishAsync(new byte[] { 1 });
            await Task.WhenAny(read, Task.Delay(20));
        }

        Assert.True(await read);

        await topics[0].DisposeAsync();
        await using ISignalingTopic room = await signaling.JoinAsync(TopicOf(1024));
    }

    private static SignalingTopicId TopicOf(int number)
    {
        byte[] id = new byte[32];
        BitConverter.TryWriteBytes(id, number);
        return new SignalingTopicId(id);
    }

    private static Uri AddressOf(WebApplication app, string path) => new UriBuilder(app.Urls.Single()) { Scheme = "ws", Path = path }.Uri;

    private static async Task<WebApplication> StartAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddBerOfChatSignaling();
        WebApplication app = builder.Build();
        app.MapBerOfChatSignaling();
        await app.StartAsync();
        return app;
    }
}
