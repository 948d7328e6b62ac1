using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;

namespace BerOfChat.Signaling.Server.Tests;

public sealed class SignalingServerTests
{
    [Fact]
    public async Task An_envelope_goes_to_the_others_at_the_topic_and_not_back()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        SignalingTopicId topic = NewTopic();
        ClientWebSocket alice = await server.ConnectAsync(topic);
        ClientWebSocket bob = await server.ConnectAsync(topic);
        ClientWebSocket carol = await server.ConnectAsync(topic);
        foreach (ClientWebSocket client in new[] { alice, bob, carol }) await client.SettleAsync(server);

        await alice.SendFrameAsync(SignalingFrameKind.Envelope, topic, [1, 2, 3]);
        Assert.Equal([1, 2, 3], await bob.ReceiveAsync(topic));
        Assert.Equal([1, 2, 3], await carol.ReceiveAsync(topic));

        await bob.SendFrameAsync(SignalingFrameKind.Envelope, topic, [4]);
        Assert.Equal([4], await alice.ReceiveAsync(topic));
    }

    [Fact]
    public async Task Who_has_not_joined_or_has_left_neither_hears_nor_is_heard()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        SignalingTopicId topic = NewTopic();
        ClientWebSocket alice = await server.ConnectAsync(topic);
        ClientWebSocket bob = await server.ConnectAsync(topic);
        ClientWebSocket gone = await server.ConnectAsync(topic);
        await gone.SendFrameAsync(SignalingFrameKind.Leave, topic);
        ClientWebSocket stranger = await server.ConnectAsync();
        await gone.SendFrameAsync(SignalingFrameKind.Envelope, topic, [1]);
        await stranger.SendFrameAsync(SignalingFrameKind.Envelope, topic, [2]);
        foreach (ClientWebSocket client in new[] { alice, bob, gone, stranger }) await client.SettleAsync(server);

        await alice.SendFrameAsync(SignalingFrameKind.Envelope, topic, [3]);
        Assert.Equal([3], await bob.ReceiveAsync(topic));
        await gone.SendFrameAsync(SignalingFrameKind.Join, topic);
        await gone.SettleAsync(server);
        await alice.SendFrameAsync(SignalingFrameKind.Envelope, topic, [4]);
        Assert.Equal([4], await gone.ReceiveAsync(topic));
    }

    [Fact]
    public async Task Nothing_is_kept_for_who_comes_later()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        SignalingTopicId topic = NewTopic();
        ClientWebSocket alice = await server.ConnectAsync(topic);
        await alice.SendFrameAsync(SignalingFrameKind.Envelope, topic, [1]);
        await alice.SettleAsync(server);
        ClientWebSocket bob = await server.ConnectAsync(topic);
        await bob.SettleAsync(server);
        await alice.SendFrameAsync(SignalingFrameKind.Envelope, topic, [2]);
        Assert.Equal([2], await bob.ReceiveAsync(topic));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("010000000000000000000000000000000000000000000000000000000000000000FF")]
    [InlineData("030000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("040000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("FF0000000000000000000000000000000000000000000000000000000000000000FF")]
    public async Task A_malformed_frame_closes_that_connection_only(string frame)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        SignalingTopicId topic = NewTopic();
        ClientWebSocket alice = await server.ConnectAsync(topic);
        ClientWebSocket bob = await server.ConnectAsync(topic);
        ClientWebSocket mallory = await server.ConnectAsync(topic);
        await mallory.SendAsync(Convert.FromHexString(frame), WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        Assert.Null(await mallory.ReceiveAsync());
        Assert.Equal(WebSocketCloseStatus.ProtocolError, mallory.CloseStatus);
        await AssertWorksAsync(server, topic, alice, bob);
    }

    [Fact]
    public async Task Text_and_oversized_messages_close_that_connection_only()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        SignalingTopicId topic = NewTopic();
        ClientWebSocket alice = await server.ConnectAsync(topic);
        ClientWebSocket bob = await server.ConnectAsync(topic);

        ClientWebSocket text = await server.ConnectAsync(topic);
        await text.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        Assert.Null(await text.ReceiveAsync());
        Assert.Equal(WebSocketCloseStatus.InvalidMessageType, text.CloseStatus);

        ClientWebSocket large = await server.ConnectAsync(topic);
        await large.SendAsync(new byte[SignalingFrame.MaxSize + 1], WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        Assert.Null(await large.ReceiveAsync());
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, large.CloseStatus);

        // One that never ends is not read to its end.
        ClientWebSocket endless = await server.ConnectAsync(topic);
        Task<byte[]?> closed = endless.ReceiveAsync();
        await Assert.ThrowsAnyAsync<WebSocketException>(async () =>
        {
            while (true) await endless.SendAsync(new byte[16_384], WebSocketMessageType.Binary, false, TestContext.Current.CancellationToken);
        });
        await AssertWorksAsync(server, topic, alice, bob);
    }

    [Fact]
    public async Task Random_messages_never_harm_the_others()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        SignalingTopicId topic = NewTopic();
        ClientWebSocket alice = await server.ConnectAsync(topic);
        ClientWebSocket bob = await server.ConnectAsync(topic);
        var random = new Random(1);
        for (int i = 0; i < 50; i++)
        {
            using ClientWebSocket mallory = await server.ConnectAsync();
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            if (bytes.Length > 0) bytes[0] = (byte)random.Next(5);
            await mallory.SendAsync(bytes, random.Next(5) == 0 ? WebSocketMessageType.Text : WebSocketMessageType.Binary, random.Next(5) != 0, TestContext.Current.CancellationToken);
        }

        await AssertWorksAsync(server, topic, alice, bob);
        Assert.DoesNotContain(server.Log, line => line.StartsWith("Error", StringComparison.Ordinal) || line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_topic_too_many_closes_the_connection()
    {
        await using RunningServer server = await RunningServer.StartAsync(options => options.MaxTopicsPerConnection = 3);
        SignalingTopicId[] topics = [NewTopic(), NewTopic(), NewTopic()];
        ClientWebSocket alice = await server.ConnectAsync([.. topics, .. topics]);
        await alice.SendFrameAsync(SignalingFrameKind.Leave, topics[0]);
        await alice.SendFrameAsync(SignalingFrameKind.Join, NewTopic());
        await alice.SendFrameAsync(SignalingFrameKind.Join, NewTopic());
        Assert.Null(await alice.ReceiveAsync());
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, alice.CloseStatus);
    }

    [Fact]
    public async Task One_connection_too_many_at_a_topic_is_closed()
    {
        await using RunningServer server = await RunningServer.StartAsync(options => options.MaxConnectionsPerTopic = 2);
        SignalingTopicId topic = NewTopic();
        ClientWebSocket alice = await server.ConnectAsync(topic);
        ClientWebSocket bob = await server.ConnectAsync(topic);
        await alice.SettleAsync(server);
        await bob.SettleAsync(server);
        ClientWebSocket third = await server.ConnectAsync(topic);
        Assert.Null(await third.ReceiveAsync());
        await AssertWorksAsync(server, topic, alice, bob);
    }

    [Fact]
    public async Task One_connection_too_many_is_refused_until_another_has_gone()
    {
        await using RunningServer server = await RunningServer.StartAsync(options => options.MaxConnections = 1);
        ClientWebSocket alice = await server.ConnectAsync();
        using var refused = new ClientWebSocket();
        refused.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => refused.ConnectAsync(server.Address, TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.HttpStatusCode);

        await alice.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        while (true)
        {
            try
            {
                await server.ConnectAsync();
                return;
            }
            catch (WebSocketException)
            {
                await Task.Yield();     // the server has not yet seen that the first is gone
            }
        }
    }

    [Fact]
    public async Task Who_does_not_read_is_closed_and_does_not_hold_up_the_others()
    {
        await using RunningServer server = await RunningServer.StartAsync(options => options.MaxQueuedBytes = 256 * 1024);
        SignalingTopicId topic = NewTopic();
        ClientWebSocket writer = await server.ConnectAsync(topic);
        ClientWebSocket reader = await server.ConnectAsync(topic);
        ClientWebSocket sleeper = await server.ConnectAsync(topic);
        foreach (ClientWebSocket client in new[] { writer, reader, sleeper }) await client.SettleAsync(server);

        // Far more than the socket buffers of both sides hold.
        byte[] envelope = new byte[SignalingFrame.MaxEnvelopeSize];
        for (int i = 0; i < 1000; i++)
        {
            await writer.SendFrameAsync(SignalingFrameKind.Envelope, topic, envelope);
            Assert.Equal(envelope.Length, (await reader.ReceiveAsync(topic))!.Length);
        }

        int received = 0;
        await Assert.ThrowsAnyAsync<WebSocketException>(async () =>
        {
            while (await sleeper.ReceiveAsync() is not null) received++;
            throw new WebSocketException("closed");
        });
        Assert.InRange(received, 0, 999);
    }

    [Fact]
    public async Task A_plain_request_is_told_to_upgrade()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var client = new HttpClient();
        using HttpResponseMessage response = await client.GetAsync(new UriBuilder(server.Address) { Scheme = "http" }.Uri, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Fact]
    public async Task Neither_topics_nor_envelopes_are_logged()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        SignalingTopicId topic = NewTopic();
        ClientWebSocket alice = await server.ConnectAsync(topic);
        ClientWebSocket bob = await server.ConnectAsync(topic);
        await AssertWorksAsync(server, topic, alice, bob);
        await alice.SendAsync("hostile"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        Assert.Null(await alice.ReceiveAsync());
        Assert.NotEmpty(server.Log);
        string hex = topic.ToString();
        Assert.DoesNotContain(server.Log, line => line.Contains(hex[..16], StringComparison.OrdinalIgnoreCase) || line.Contains("hostile", StringComparison.Ordinal));
    }

    [Fact]
    public void Impossible_limits_are_refused_when_the_application_starts()
    {
        Assert.ThrowsAny<ArgumentException>(() => new SignalingServerOptions { MaxConnections = 0 }.Validate());
        Assert.ThrowsAny<ArgumentException>(() => new SignalingServerOptions { MaxQueuedBytes = 1000 }.Validate());
        Assert.ThrowsAny<ArgumentException>(() => new SignalingServerOptions { PingInterval = TimeSpan.Zero }.Validate());
        new SignalingServerOptions().Validate();
    }

    internal static SignalingTopicId NewTopic() => new(RandomNumberGenerator.GetBytes(SignalingTopicId.Size));

    private static async Task AssertWorksAsync(RunningServer server, SignalingTopicId topic, ClientWebSocket from, ClientWebSocket to)
    {
        await from.SettleAsync(server);
        await to.SettleAsync(server);
        await from.SendFrameAsync(SignalingFrameKind.Envelope, topic, [42]);
        Assert.Equal([42], await to.ReceiveAsync(topic));
    }
}
