using System.Net;
using System.Runtime.CompilerServices;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Tests.Sctp;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>A peer that breaks the rules loses its connection, or gains nothing by it; the connections that share the loop with it carry on meanwhile.</summary>
public sealed class HostileNeighbourTests
{
    private const int Rounds = 100;
    private const byte Begin = 2, Whole = 3, Unordered = 4;
    private static readonly PeerConnectionOptions s_loopback = new() { BindAddresses = [IPAddress.Loopback] };

    /// <summary>What the hostile one says in each of its turns; the number counts them.</summary>
    private static readonly Dictionary<string, Action<HostilePeer, int>> s_deeds = new()
    {
        ["chunks without data"] = (peer, _) => peer.Say(ChunkType.Data, SctpPackets.Data(peer.TakeTsn(), 0, 1, PayloadProtocol.Binary, []), Whole),
        ["a message larger than we take"] = (peer, i) => peer.Say(ChunkType.Data, SctpPackets.Data(peer.TakeTsn(), 0, 1, PayloadProtocol.Binary, new byte[1100]), (byte)(i == 0 ? Begin : i == 300 ? 1 : 0)),
        ["messages that never end"] = (peer, i) => peer.Say(ChunkType.Data, SctpPackets.Data(peer.TakeTsn(), 0, (ushort)((1 + i) % 65_536), PayloadProtocol.Binary, [1]), Begin),
        ["tiny pieces of one message that never ends"] = (peer, i) => peer.Say(ChunkType.Data, SctpPackets.Data(peer.TakeTsn(), 0, 1, PayloadProtocol.Binary, [1]), (byte)(i == 0 ? Begin : 0)),
        ["messages behind one that never comes"] = (peer, i) => peer.Say(ChunkType.Data, SctpPackets.Data(peer.TakeTsn(), 0, (ushort)((2 + i) % 65_536), PayloadProtocol.Binary, new byte[1000]), Whole),
        ["another association"] = (peer, _) => peer.Say(ChunkType.Init, SctpPackets.Words(77, 100_000, 0x0010_0010, 1)),
        ["acknowledgements of what was never sent"] = (peer, i) => peer.Say(ChunkType.Sack, SctpPackets.Words(unchecked((uint)i * 1_000_003), uint.MaxValue, 0x0001_0000, 0x0001_FFFF)),
        ["jumps forward"] = (peer, _) => peer.Say(ChunkType.ForwardTsn, SctpPackets.Words(peer.NextTsn = unchecked(peer.NextTsn + SctpLimits.MaxTsnOffset - 1), 0x0000_0001, 0x1234_0001)),
        ["a stream more each time"] = (peer, i) => peer.Say(ChunkType.Data, SctpPackets.Data(peer.TakeTsn(), (ushort)((1 + i) % 65_535), 0, PayloadProtocol.Binary, [1]), Whole | Unordered),
        ["a channel more each time"] = (peer, i) => peer.Say(ChunkType.Data, SctpPackets.Data(peer.TakeTsn(), (ushort)((1 + i) % 65_535), 0, PayloadProtocol.Control, [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Whole),
        ["heartbeats"] = (peer, _) => peer.Say(ChunkType.Heartbeat, new byte[1000]),
        ["requests to reset"] = (peer, i) => peer.Say(ChunkType.ReConfig, [0, 13, 0, 16, .. SctpPackets.Words((uint)i, 0, 0)]),
        ["chunks that nobody knows"] = (peer, _) => peer.Say((ChunkType)0xFF, new byte[1000]),
        ["cookies"] = (peer, _) => peer.Say(ChunkType.CookieEcho, new byte[59]),
        ["noise, sealed"] = (peer, i) => peer.Say(Noise(i)),
        ["noise, not sealed"] = (peer, i) => peer.Transmit([23, 0xFE, 0xFD, .. Noise(i)]),
        ["hellos"] = (peer, i) => peer.Transmit([22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 1, 0, 16, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 4, .. BitConverter.GetBytes(i)]),
    };

    public static TheoryData<string, WebRtcErrorCode?> Deeds => new()
    {
        { "chunks without data", WebRtcErrorCode.SctpFailure },
        { "a message larger than we take", WebRtcErrorCode.SctpFailure },
        { "messages that never end", null },
        { "tiny pieces of one message that never ends", null },
        { "messages behind one that never comes", null },
        { "another association", null },
        { "acknowledgements of what was never sent", null },
        { "jumps forward", null },
        { "a stream more each time", null },
        { "a channel more each time", null },
        { "heartbeats", null },
        { "requests to reset", null },
        { "chunks that nobody knows", null },
        { "cookies", null },
        { "noise, sealed", null },
        { "noise, not sealed", null },
        { "hellos", null },
    };

    [Theory]
    [MemberData(nameof(Deeds))]
    public async Task Nobody_else_notices(string deed, WebRtcErrorCode? end)
    {
        // As many good pairs as there can be loops: one of each shares the loop of the victim.
        List<ConnectedPair> neighbours = [];
        await using PeerConnection victim = new(s_loopback);
        TaskCompletionSource<WebRtcErrorCode> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        victim.ConnectionStateChanged += (_, e) =>
        {
            if (e.Reason is { } reason) ended.TrySetResult(reason.ErrorCode);
        };
        try
        {
            for (int i = 0; i < Math.Clamp(Environment.ProcessorCount / 2, 1, 4); i++) neighbours.Add(await ConnectedPair.OpenAsync(s_loopback));
            CancellationToken token = neighbours[0].Token;
            DataChannel channel = await victim.CreateDataChannelAsync("boc", new DataChannelInit { NegotiatedId = 0 }, token);
            using HostilePeer hostile = new();
            await hostile.ConnectAsync(victim, token);
            await channel.WaitForOpenAsync(token);

            Task good = Task.WhenAll(neighbours.Select(ExchangeAsync));
            // At least until it has had its effect, and all the time that the good ones talk.
            for (int i = 0; !good.IsCompleted || (i < 5000 && !ended.Task.IsCompleted); i++)
            {
                s_deeds[deed](hostile, i);
                if (i % 64 != 0) continue;
                hostile.Pump();
                await Task.Yield();
                token.ThrowIfCancellationRequested();
            }

            await good;
            if (end is { } code) Assert.Equal(code, await ended.Task.WaitAsync(token));
            else Assert.True(!ended.Task.IsCompleted || await ended.Task == WebRtcErrorCode.SctpFailure);
            Assert.All(neighbours, n => Assert.Equal((PeerConnectionState.Connected, PeerConnectionState.Connected), (n.Offerer.ConnectionState, n.Answerer.ConnectionState)));
        }
        finally
        {
            foreach (ConnectedPair pair in neighbours) await pair.DisposeAsync();
        }
    }

    // There and back again, small and large.
    private static async Task ExchangeAsync(ConnectedPair pair)
    {
        await using ConfiguredCancelableAsyncEnumerable<DataChannelMessage>.Enumerator toB = pair.B.ReadAllAsync(pair.Token).ConfigureAwait(false).GetAsyncEnumerator();
        await using ConfiguredCancelableAsyncEnumerable<DataChannelMessage>.Enumerator toA = pair.A.ReadAllAsync(pair.Token).ConfigureAwait(false).GetAsyncEnumerator();
        for (int i = 0; i < Rounds; i++)
        {
            byte[] message = new byte[i % 10 == 0 ? 100_000 : 100];
            message[0] = (byte)i;
            await pair.A.SendAsync(message, pair.Token);
            Assert.True(await toB.MoveNextAsync());
            Assert.Equal((message.Length, message[0]), (toB.Current.Payload.Length, toB.Current.Payload.Span[0]));
            await pair.B.SendAsync(toB.Current.Payload, pair.Token);
            Assert.True(await toA.MoveNextAsync());
            Assert.True(toA.Current.Payload.Span.SequenceEqual(message));
        }
    }

    private static byte[] Noise(int seed)
    {
        byte[] noise = new byte[200];
        new Random(seed).NextBytes(noise);
        return noise;
    }
}
