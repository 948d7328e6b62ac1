using System.Net;
using BerOfChat.WebRtc.Tests.Sockets;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>What a connection over real sockets says of itself, while it works and afterwards.</summary>
public sealed class ExplanationTests
{
    [Fact]
    public async Task A_connection_explains_itself_while_it_works_and_after_it_was_disposed()
    {
        ConnectedPair pair = await ConnectedPair.OpenAsync(new PeerConnectionOptions { BindAddresses = [IPAddress.Loopback] });
        CancellationToken token = TestContext.Current.CancellationToken;
        Assert.Equal(ConnectionDiagnosis.ConnectedDirectly, (await pair.Offerer.ExplainAsync(token)).Diagnosis);
        await pair.DisposeAsync();
        ConnectionExplanation explanation = await pair.Offerer.ExplainAsync(token);
        Assert.Equal((ConnectionDiagnosis.ClosedLocally, PeerConnectionState.Closed), (explanation.Diagnosis, explanation.State));
        Assert.Contains(explanation.CandidatePairs, static p => p.IsSelected);
    }

    [Fact]
    public async Task A_connection_whose_relay_refuses_the_password_fails_with_the_explanation()
    {
        await using TurnServerSocket server = new();
        IceServer wrong = new() { Urls = server.ToIceServer().Urls, Username = "alice", Credential = "another" };
        PeerConnectionOptions options = new() { BindAddresses = [IPAddress.Loopback], IceServers = [wrong], IceTransportPolicy = IceTransportPolicy.Relay, PathTimeout = TimeSpan.FromSeconds(1) };
        await using PeerConnection offerer = new(options), answerer = new(options);
        CancellationToken token = TestContext.Current.CancellationToken;
        SessionDescription offer = await offerer.CreateOfferAsync(token);
        await offerer.SetLocalDescriptionAsync(offer, token);
        await answerer.SetRemoteDescriptionAsync(offer, token);
        SessionDescription answer = await answerer.CreateAnswerAsync(token);
        await answerer.SetLocalDescriptionAsync(answer, token);
        await offerer.SetRemoteDescriptionAsync(answer, token);
        WebRtcException failure = await Assert.ThrowsAsync<WebRtcException>(() => offerer.WaitForConnectedAsync(token));
        Assert.Equal((WebRtcErrorCode.NoPath, ConnectionDiagnosis.RelayCredentialsRefused), (failure.ErrorCode, failure.Explanation?.Diagnosis));
        Assert.Same(failure.Explanation, await offerer.ExplainAsync(token));
    }
}
