using BerOfChat.Fuzzing;
using BerOfChat.Identity;
using BerOfChat.Sessions;
using BerOfChat.Sessions.Handshake;
using BerOfChat.Simulation;

namespace BerOfChat.Fuzz;

/// <summary>The messages of a handshake with the secret of an invitation: nothing but what the genuine peer wrote is accepted.</summary>
/// <remarks>The first byte of the input says which message it is given as: 0 the responder's first, 1 the initiator's, 2 the responder's second.</remarks>
internal sealed class NoiseMessageTarget : FuzzTarget
{
    private static readonly byte[] s_psk = [.. Enumerable.Repeat((byte)5, 32)];
    private static readonly ChannelBinding s_binding = ChannelBinding.DtlsSha256(new byte[32], new byte[32]);
    private readonly byte[][] _genuine = new byte[3][];

    public NoiseMessageTarget()
    {
        using SessionHandshake initiator = Create(true), responder = Create(false);
        _genuine[0] = Write(initiator);
        Assert.True(responder.TryRead(_genuine[0]));
        _genuine[1] = Write(responder);
        Assert.True(initiator.TryRead(_genuine[1]));
        initiator.Accept();
        _genuine[2] = Write(initiator);
    }

    public override IEnumerable<byte[]> Seeds => _genuine.Select((message, i) => (byte[])[(byte)i, .. message]).Append([3]).Append([1, 0x1F, 1]);

    public override IReadOnlyList<byte[]> Words { get; } = [new byte[32], [1, .. new byte[31]], [.. Enumerable.Repeat((byte)0xFF, 32)]];

    public override int MaxInputLength => SessionHandshake.MaxMessageSize + 64;

    public override long MaxAllocation(int inputLength) => 64 * 1024 + (16L * inputLength);

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        int which = input[0] % 3;
        ReadOnlySpan<byte> message = input[1..];
        using SessionHandshake victim = Create(isInitiator: which == 1);
        if (which == 2) Assert.True(victim.TryRead(_genuine[0]));
        if (which > 0) Write(victim);

        bool isAccepted = victim.TryRead(message);
        if (isAccepted && !message.SequenceEqual(_genuine[which])) throw new InvalidOperationException("A message was accepted that the peer did not write.");
        bool isRefusal = HandshakeErrorMessage.TryRead(message, out HandshakeError? _);
        return HashCode.Combine(which, isAccepted, isRefusal, victim.Remote is null, message.Length / 64);
    }

    private static SessionHandshake Create(bool isInitiator) => new(new SessionParameters
    {
        IsInitiator = isInitiator,
        Suite = SessionSuite.Invite,
        OfferedSuites = [(ushort)SessionSuite.Invite],
        Identity = FuzzIdentity.Alice,
        Psk = s_psk,
        AcceptPeer = (RemoteDevice _) => true,
        Random = new SeededRandomSource(isInitiator ? 7 : 8),
        TimeProvider = TimeProvider.System,
    }, s_binding, FuzzIdentity.Now);

    private static byte[] Write(SessionHandshake from)
    {
        byte[] buffer = new byte[SessionHandshake.MaxMessageSize];
        Assert.True(from.TryWrite(buffer, out int written));
        return buffer[..written];
    }
}
