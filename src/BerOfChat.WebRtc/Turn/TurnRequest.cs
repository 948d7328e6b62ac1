using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Turn;

/// <summary>What is asked of the server, apart from who asks: with stale credentials it is asked again.</summary>
/// <param name="Type">The method.</param>
/// <param name="Lease">The permission or the channel that it is about.</param>
/// <param name="IsRelease">Whether the allocation is given back.</param>
internal readonly record struct TurnRequest(StunMessageType Type, TurnLease? Lease = null, bool IsRelease = false)
{
    private const uint UdpProtocol = 17u << 24;
    private const uint DefaultLifetimeSeconds = 600;

    /// <summary>The message with all that proves who asks (RFC 8656 sections 7.1, 8.1, 10.1 and 12.1), once the server has asked for that.</summary>
    public byte[] ToPacket(StunTransactionId id, TurnAddressFamily? family, LongTermCredential credential)
    {
        Span<byte> buffer = stackalloc byte[TurnClient.MaxControlSize];
        StunWriter writer = new(buffer, Type, id);
        switch (Type)
        {
            case StunMessageType.AllocateRequest:
                writer.Write(StunAttributeType.RequestedTransport, UdpProtocol);
                if (family is { } wanted) writer.Write(StunAttributeType.RequestedAddressFamily, (uint)wanted << 24);
                break;
            case StunMessageType.RefreshRequest:
                writer.Write(StunAttributeType.Lifetime, IsRelease ? 0 : DefaultLifetimeSeconds);
                break;
            case StunMessageType.ChannelBindRequest:
                writer.Write(StunAttributeType.ChannelNumber, (uint)Lease!.Channel << 16);
                break;
        }

        if (Lease is not null) XorAddress.Write(ref writer, StunAttributeType.XorPeerAddress, Lease.Peer, id);
        if (credential.Nonce is not null) credential.Write(ref writer);
        return buffer[..writer.Finish(credential.Nonce is null ? [] : credential.Key)].ToArray();
    }

    /// <summary>Whether a message is of a type that answers the request; the code is 0 when the answer is yes.</summary>
    public bool IsAnsweredBy(StunMessage message, out int code)
    {
        code = 0;
        return message.Type == Type.Success() || (message.Type == Type.Error() && message.TryGetErrorCode(out code));
    }
}
