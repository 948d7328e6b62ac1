using System.Net;
using System.Net.Sockets;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Sockets;

/// <summary>Names, credentials and real sockets, on loopback.</summary>
public sealed class ServerAccessTests : IDisposable
{
    private readonly UdpClient _server = new(new IPEndPoint(IPAddress.Loopback, 0));

    private int Port => ((IPEndPoint)_server.Client.LocalEndPoint!).Port;

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_STUN_server_is_found_by_address_and_by_name_and_what_it_sees_becomes_a_candidate(string host)
    {
        await using PeerConnection connection = new(new PeerConnectionOptions { BindAddresses = [IPAddress.Loopback], IceServers = [new IceServer { Urls = [$"stun:{host}:{Port}"] }] });
        await connection.SetLocalDescriptionAsync(await connection.CreateOfferAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        Task answering = AnswerOnceAsync();
        List<string> candidates = await ReadAllAsync(connection);

        await answering;
        Assert.Equal(2, candidates.Count);
        Assert.Contains(" 203.0.113.7 7777 typ srflx raddr 127.0.0.1 rport ", candidates[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_had_costs_only_its_server()
    {
        await using PeerConnection connection = new(new PeerConnectionOptions
        {
            BindAddresses = [IPAddress.Loopback],
            IceServers =
            [
                new IceServer { Urls = ["turn:127.0.0.1:9"], CredentialProvider = _ => throw new TimeoutException("secret") },
                new IceServer { Urls = ["turn:127.0.0.1:9"], CredentialProvider = _ => ValueTask.FromResult<IceCredential>(null!) },
                new IceServer { Urls = ["turn:127.0.0.1:9"], CredentialProvider = _ => ValueTask.FromResult(new IceCredential(null!, "secret")) },
                new IceServer { Urls = [$"stun:127.0.0.1:{Port}"] },
            ],
        });
        await connection.SetLocalDescriptionAsync(await connection.CreateOfferAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        Task answering = AnswerOnceAsync();

        Assert.Equal(2, (await ReadAllAsync(connection)).Count);
        await answering;
    }

    [Fact]
    public async Task A_connection_that_ends_while_credentials_are_awaited_asks_no_more()
    {
        TaskCompletionSource<CancellationToken> asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        PeerConnection connection = new(new PeerConnectionOptions
        {
            BindAddresses = [IPAddress.Loopback],
            IceServers = [new IceServer { Urls = ["turn:127.0.0.1:9"], CredentialProvider = async token =>
            {
                asked.SetResult(token);
                await Task.Delay(Timeout.Infinite, token);
                return new IceCredential("anna", "secret");
            } }],
        });
        await connection.SetLocalDescriptionAsync(await connection.CreateOfferAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        CancellationToken token = await asked.Task;
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = token.Register(cancelled.SetResult);

        await connection.DisposeAsync();
        await cancelled.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_the_application_does_when_it_is_cancelled_neither_runs_on_the_loop_nor_keeps_the_end_away()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim release = new();
        PeerConnection connection = new(new PeerConnectionOptions
        {
            BindAddresses = [IPAddress.Loopback],
            IceServers = [new IceServer { Urls = ["turn:127.0.0.1:9"], CredentialProvider = async token =>
            {
                token.Register(() => throw new InvalidOperationException());
                token.Register(release.Wait);
                asked.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return new IceCredential("anna", "secret");
            } }],
        });
        await connection.SetLocalDescriptionAsync(await connection.CreateOfferAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await asked.Task;
        await connection.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        release.Set();
    }

    private static async Task<List<string>> ReadAllAsync(PeerConnection connection)
    {
        List<string> candidates = [];
        await foreach (string line in connection.ReadLocalCandidatesAsync(TestContext.Current.CancellationToken)) candidates.Add(line);
        return candidates;
    }

    private async Task AnswerOnceAsync()
    {
        UdpReceiveResult question = await _server.ReceiveAsync(TestContext.Current.CancellationToken);
        Assert.True(StunMessage.TryParse(question.Buffer, out StunMessage request));
        Assert.Equal(StunMessageType.BindingRequest, request.Type);
        byte[] buffer = new byte[128];
        StunWriter writer = new(buffer, StunMessageType.BindingSuccess, request.TransactionId);
        XorAddress.Write(ref writer, StunAttributeType.XorMappedAddress, TransportAddress.From(IPAddress.Parse("203.0.113.7"), 7777), request.TransactionId);
        await _server.SendAsync(buffer.AsMemory(0, writer.Finish([])), question.RemoteEndPoint, TestContext.Current.CancellationToken);
    }
}
