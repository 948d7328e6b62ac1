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
    private readonly Queue<(IceRoute Route, StunTransactionId Id)> _asked = [];

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

    /// <summary>How often the agent has reported that the peer does not answer.</summary>
    public int Disconnections { get; private set; }

    /// <summary>Takes what the agent sends, and keeps the questions; returns their numbers.</summary>
    public List<StunTransactionId> Collect() => Collect([]);

    /// <summary>Answers everything that the agent has asked; returns the error codes among the agent's own answers.</summary>
    public List<int> AnswerAll(MonotonicTime now)
    {
        List<int> errors = [];
        do
        {
            Collect(errors);
            while (_asked.TryDequeue(out (IceRoute Route, StunTransactionId Id) asked)) Answer(asked, now);
        }
        while (Collect(errors).Count > 0);

        return errors;
    }

    /// <summary>Answers only the question that has waited longest.</summary>
    public void AnswerOldest(MonotonicTime now) => Answer(_asked.Dequeue(), now);

    /// <summary>Answers with a password that is not the one of the description.</summary>
    public void Forge(StunTransactionId id, TransportAddress from, MonotonicTime now) =>
        Assert.False(Agent.HandlePacket(0, from, new IceStunCodec(IceCredentials.New(_random), 1).WriteSuccess(id, from), now));

    private void Answer((IceRoute Route, StunTransactionId Id) asked, MonotonicTime now) =>
        Agent.HandlePacket(asked.Route.SocketId, asked.Route.Remote, _codec.WriteSuccess(asked.Id, asked.Route.Remote), now);

    private List<StunTransactionId> Collect(List<int> errors)
    {
        List<StunTransactionId> asked = [];
        byte[] buffer = new byte[1500];
        while (Agent.WritePacket(buffer, out IceRoute route) is > 0 and int length)
        {
            Assert.True(StunMessage.TryParse(buffer.AsSpan(0, length), out StunMessage message));
            if (message.TryGetErrorCode(out int code)) errors.Add(code);
            if (message.Type != StunMessageType.BindingRequest) continue;
            _asked.Enqueue((route, message.TransactionId));
            asked.Add(message.TransactionId);
        }

        while (Agent.TryReadEvent(out IceEvent e))
        {
            if (e is { Kind: IceEventKind.StateChanged, State: IceState.Disconnected }) Disconnections++;
        }

        return asked;
    }
}
