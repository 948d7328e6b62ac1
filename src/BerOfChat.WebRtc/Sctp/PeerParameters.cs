namespace BerOfChat.WebRtc.Sctp;

/// <summary>What the peer has said of itself in its INIT or INIT ACK, as far as we can do it too.</summary>
/// <param name="Tag">What it expects in our packets.</param>
/// <param name="InitialTsn">Its first TSN.</param>
/// <param name="ReceiveWindow">How much it can receive to begin with.</param>
/// <param name="InboundStreams">How many streams it accepts.</param>
/// <param name="SupportsReConfig">Whether it can reset streams.</param>
/// <param name="MayAbandon">Whether it can be told of messages that are given up, in the form that goes with the data.</param>
/// <param name="Interleaves">Whether both sides have listed I-DATA chunks: then all data goes in them (RFC 8260 section 2.2.1).</param>
/// <param name="AcceptsZeroChecksum">Whether packets may go without a checksum (RFC 9653).</param>
internal readonly record struct PeerParameters(uint Tag, uint InitialTsn, uint ReceiveWindow, ushort InboundStreams, bool SupportsReConfig, bool MayAbandon, bool Interleaves, bool AcceptsZeroChecksum)
{
    /// <summary>Whether the peer can do what ours can, and so may be one of ours.</summary>
    public bool MayBeOurs => Interleaves && AcceptsZeroChecksum;

    public static PeerParameters From(InitChunk init, SctpExtensions ours)
    {
        bool interleaves = ours.Interleaving && init.SupportsInterleaving;
        return new PeerParameters(
            init.InitiateTag, init.InitialTsn, init.ReceiveWindow, init.InboundStreams, init.SupportsReConfig,
            interleaves ? init.SupportsIForwardTsn : init.SupportsForwardTsn, interleaves, ours.ZeroChecksum && init.AcceptsZeroChecksum);
    }
}
