using System.Text;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Ice;

/// <summary>A controlling peer whose every check is written by hand, so that it can do what browsers do and our agent never does.</summary>
internal sealed class BrowserPeer
{
    private readonly IRandomSource _random = new SeededRandomSource(77);
    private readonly IceStunCodec _codec;

    public BrowserPeer(IceAgent agent)
    {
        Agent = agent;
        Credentials = IceCredentials.New(_random);
        _codec = new IceStunCodec(Credentials, tieBreaker: ulong.MaxValue);
        _codec.SetRemote(agent.LocalCredentials);
    }

    public IceAgent Agent { get; }

    public IceCredentials Credentials { get; }

    public void Check(TransportAddress from, bool nominates, MonotonicTime now, ushort? extra = null)
    {
        Span<byte> buffer = stackalloc byte[512];
        StunWriter writer = new(buffer, StunMessageType.BindingRequest, StunTransactionId.New(_random));
        writer.Write(StunAttributeType.Username, Encoding.ASCII.GetBytes($"{Agent.LocalCredentials.UserFragment}:{Credentials.UserFragment}"));
        writer.Write(StunAttributeType.Priority, 1_845_501_695u);
        writer.Write(StunAttributeType.IceControlling, ulong.MaxValue);
        if (nominates) writer.Write(StunAttributeType.UseCandidate, []);
        if (extra is { } type) writer.Write((StunAttributeType)type, 1u);
        int length = writer.Finish(Agent.LocalCredentials.PasswordBytes());
        Assert.True(Agent.HandlePacket(0, from, buffer[..length], now));
    }

    /// <summary>Answers everything that the agent asks; returns the error codes among the agent's own answers.</summary>
    public List<int> AnswerAll(MonotonicTime now)
    {
        List<int> errors = [];
        byte[] buffer = new byte[1500];
        while (Agent.WritePacket(buffer, out IceRoute route) is > 0 and int length)
        {
            Assert.True(StunMessage.TryParse(buffer.AsSpan(0, length), out StunMessage message));
            if (message.TryGetErrorCode(out int code)) errors.Add(code);
            if (message.Type == StunMessageType.BindingRequest) Agent.HandlePacket(route.SocketId, route.Remote, _codec.WriteSuccess(message.TransactionId, route.Remote), now);
        }

        return errors;
    }
}
