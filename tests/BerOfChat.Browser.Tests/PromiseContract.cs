using BerOfChat.WebRtc;

namespace BerOfChat.Browser;

/// <summary>What a channel promises (order, retransmissions, lifetime) is the same on both sides, whoever opens it.</summary>
/// <remarks>No messages here: one that may be given up need not arrive.</remarks>
public abstract class PromiseContract(PeerFixture peer)
{
    private static readonly Promise[] s_promises =
    [
        new(true, null, null), new(false, null, null), new(true, 0, null), new(false, 0, null), new(true, 7, null), new(false, 65_535, null), new(true, null, 1000), new(false, null, 65_535),
    ];

    /// <summary>Whether the other stack's script sees what our announcement says.</summary>
    protected virtual bool ScriptSeesOurPromise => true;

    [Theory]
    [InlineData(Side.Peer)]
    [InlineData(Side.We)]
    public Task Both_sides_know_what_a_channel_promises(Side opener) => peer.RunAsync(new PairOptions(), async pair =>
    {
        for (int i = 0; i < s_promises.Length; i++)
        {
            string label = $"promise {i}";
            Promise promise = s_promises[i];
            if (opener == Side.Peer) await pair.CallAsync("open", label, null, promise.ToScript());
            else await pair.OpenAsync(label, new DataChannelInit { Ordered = promise.Ordered, MaxRetransmits = promise.MaxRetransmits, MaxPacketLifeTime = promise.Lifetime });

            await pair.CallAsync("opened", label);
            DataChannel channel = await pair.GetChannelAsync(label);
            Assert.Equal(promise, new Promise(channel.Ordered, channel.MaxRetransmits, (int?)channel.MaxPacketLifeTime?.TotalMilliseconds));
            if (opener == Side.Peer || ScriptSeesOurPromise) Assert.Equal(promise, await pair.CallAsync<Promise>("promise", label));
        }
    });

    private sealed record Promise(
        [property: System.Text.Json.Serialization.JsonPropertyName("ordered")] bool Ordered,
        [property: System.Text.Json.Serialization.JsonPropertyName("maxRetransmits")] ushort? MaxRetransmits,
        [property: System.Text.Json.Serialization.JsonPropertyName("maxPacketLifeTime")] int? MaxPacketLifeTime)
    {
        public TimeSpan? Lifetime => MaxPacketLifeTime is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;

        /// <summary>Without the limits that are not set: the script may not give both.</summary>
        public Dictionary<string, object> ToScript()
        {
            Dictionary<string, object> init = new() { ["ordered"] = Ordered };
            if (MaxRetransmits is { } retransmits) init["maxRetransmits"] = retransmits;
            if (MaxPacketLifeTime is { } lifetime) init["maxPacketLifeTime"] = lifetime;
            return init;
        }
    }
}
