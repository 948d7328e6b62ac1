using System.Net;
using System.Threading.Channels;

namespace BerOfChat.WebRtc.Throughput.Peers;

/// <summary>One end of a connection with one ordered, reliable channel; made as an application makes it.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly PeerConnection _connection;

    private Peer(IPAddress address) => _connection = new PeerConnection(new PeerConnectionOptions { BindAddresses = [address] });

    public DataChannel Channel { get; private set; } = null!;

    /// <summary>Connects two peers of this process.</summary>
    public static async Task<(Peer Offerer, Peer Answerer)> ConnectPairAsync(CancellationToken cancellationToken)
    {
        Channel<SignalingMessage> toAnswerer = System.Threading.Channels.Channel.CreateUnbounded<SignalingMessage>();
        Channel<SignalingMessage> toOfferer = System.Threading.Channels.Channel.CreateUnbounded<SignalingMessage>();
        // Loopback only: nothing of a measurement leaves the machine.
        Task<Peer> offerer = OfferAsync(IPAddress.Loopback, m => toAnswerer.Writer.TryWrite(m), toOfferer.Reader, cancellationToken);
        Task<Peer> answerer = AnswerAsync(IPAddress.Loopback, m => toOfferer.Writer.TryWrite(m), toAnswerer.Reader, cancellationToken);
        await Task.WhenAll(offerer, answerer);
        return (await offerer, await answerer);
    }

    public static async Task<Peer> OfferAsync(IPAddress address, Action<SignalingMessage> send, ChannelReader<SignalingMessage> received, CancellationToken cancellationToken)
    {
        Peer peer = new(address);
        peer.Channel = await peer._connection.CreateDataChannelAsync("load", cancellationToken: cancellationToken);
        SessionDescription offer = await peer._connection.CreateOfferAsync(cancellationToken);
        send(new SignalingMessage(SignalingKind.Offer, offer.Sdp));
        await peer._connection.SetLocalDescriptionAsync(offer, cancellationToken);
        await peer.NegotiateAsync(send, received, cancellationToken);
        await peer.Channel.WaitForOpenAsync(cancellationToken);
        return peer;
    }

    public static async Task<Peer> AnswerAsync(IPAddress address, Action<SignalingMessage> send, ChannelReader<SignalingMessage> received, CancellationToken cancellationToken)
    {
        Peer peer = new(address);
        await peer.NegotiateAsync(send, received, cancellationToken);
        peer.Channel = await peer.AcceptChannelAsync(cancellationToken);
        return peer;
    }

    /// <summary>Opens one more channel between two connected peers.</summary>
    public static async Task<(DataChannel Near, DataChannel Far)> OpenChannelAsync(Peer offerer, Peer answerer, string label, CancellationToken cancellationToken)
    {
        DataChannel near = await offerer._connection.CreateDataChannelAsync(label, cancellationToken: cancellationToken);
        DataChannel far = await answerer.AcceptChannelAsync(cancellationToken);
        await near.WaitForOpenAsync(cancellationToken);
        return (near, far);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<DataChannel> AcceptChannelAsync(CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<DataChannel> announced = _connection.ReadDataChannelsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (!await announced.MoveNextAsync()) await _connection.WaitForConnectedAsync(cancellationToken);
        return announced.Current;
    }

    // An empty candidate says that the other side has no more.
    private async Task NegotiateAsync(Action<SignalingMessage> send, ChannelReader<SignalingMessage> received, CancellationToken cancellationToken)
    {
        Task sending = Task.CompletedTask;
        bool isOfferer = Channel is not null;
        if (isOfferer) sending = SendCandidatesAsync(send, cancellationToken);
        await foreach (SignalingMessage message in received.ReadAllAsync(cancellationToken))
        {
            switch (message.Kind)
            {
                case SignalingKind.Offer:
                    await _connection.SetRemoteDescriptionAsync(new SessionDescription(SessionDescriptionType.Offer, message.Text), cancellationToken);
                    SessionDescription answer = await _connection.CreateAnswerAsync(cancellationToken);
                    send(new SignalingMessage(SignalingKind.Answer, answer.Sdp));
                    await _connection.SetLocalDescriptionAsync(answer, cancellationToken);
                    sending = SendCandidatesAsync(send, cancellationToken);
                    break;
                case SignalingKind.Answer:
                    await _connection.SetRemoteDescriptionAsync(new SessionDescription(SessionDescriptionType.Answer, message.Text), cancellationToken);
                    break;
                case SignalingKind.Candidate:
                    await _connection.AddIceCandidateAsync(message.Text, cancellationToken);
                    break;
            }

            if (message is { Kind: SignalingKind.Candidate, Text: "" }) break;
        }

        await sending;
    }

    private async Task SendCandidatesAsync(Action<SignalingMessage> send, CancellationToken cancellationToken)
    {
        await foreach (string candidate in _connection.ReadLocalCandidatesAsync(cancellationToken)) send(new SignalingMessage(SignalingKind.Candidate, candidate));
        send(new SignalingMessage(SignalingKind.Candidate));
    }
}
