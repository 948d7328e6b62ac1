using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Sessions.Records;
using BerOfChat.Simulation;

namespace BerOfChat.Sessions;

/// <summary>Two session cores and the bytes between them, which a test may change.</summary>
internal sealed class CorePair : IDisposable
{
    private static readonly DateTimeOffset s_wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static LocalIdentity Alice { get; } = LocalIdentity.Create(new SeededRandomSource(1), s_wall);

    public static LocalIdentity Bob { get; } = LocalIdentity.Create(new SeededRandomSource(2), s_wall);

    private readonly byte[] _buffer = new byte[RecordFormat.MaxSize];

    public CorePair(SessionSuite suite, byte[]? initiatorPsk = null, byte[]? responderPsk = null, bool swapFingerprint = false, Func<RemoteDevice, bool>? accept = null, ushort[]? offered = null, ushort[]? seen = null)
    {
        byte[] one = Enumerable.Repeat((byte)1, 32).ToArray();
        byte[] two = Enumerable.Repeat((byte)2, 32).ToArray();
        byte[] mallory = Enumerable.Repeat((byte)3, 32).ToArray();
        ushort[] suites = offered ?? [(ushort)suite];
        Initiator = new PeerSessionCore(Parameters(true, suite, Alice, initiatorPsk, accept) with { OfferedSuites = suites }, ChannelBinding.DtlsSha256(one, swapFingerprint ? mallory : two), Now, s_wall);
        Responder = new PeerSessionCore(Parameters(false, suite, Bob, responderPsk ?? initiatorPsk, null) with { OfferedSuites = seen ?? suites }, ChannelBinding.DtlsSha256(two, one), Now, s_wall);
    }

    public PeerSessionCore Initiator { get; }

    public PeerSessionCore Responder { get; }

    public MonotonicTime Now { get; set; }

    /// <summary>Sees each record on its way, with its number; returns what arrives.</summary>
    public Func<bool, int, byte[], byte[]?> Intercept { get; set; } = (_, _, record) => record;

    /// <summary>How many records have travelled.</summary>
    public int Travelled { get; private set; }

    /// <summary>Lets both speak until neither has anything to say.</summary>
    public void Run()
    {
        bool progress = true;
        while (progress) progress = Move(Initiator, Responder, true) | Move(Responder, Initiator, false);
    }

    public void Send(PeerSessionCore from, PeerLane lane, ReadOnlySpan<byte> message)
    {
        OutgoingMessage progress = default;
        while (!progress.IsComplete)
        {
            int size = from.Seal(lane, message, ref progress, _buffer);
            Deliver(from, lane, _buffer[..size]);
        }
    }

    public void Deliver(PeerSessionCore from, PeerLane lane, byte[] record)
    {
        bool isInitiator = ReferenceEquals(from, Initiator);
        if (Intercept(isInitiator, Travelled++, record) is { } arriving) (isInitiator ? Responder : Initiator).HandleRecord(lane, arriving, Now);
    }

    public static List<byte[]> Read(PeerSessionCore core)
    {
        List<byte[]> messages = [];
        while (core.TryReadMessage(out PeerMessage message)) messages.Add(message.Payload.ToArray());
        return messages;
    }

    public void Dispose()
    {
        Initiator.Dispose();
        Responder.Dispose();
    }

    public static SessionParameters Parameters(bool isInitiator, SessionSuite suite, LocalIdentity identity, byte[]? psk, Func<RemoteDevice, bool>? accept) => new()
    {
        IsInitiator = isInitiator,
        Suite = suite,
        OfferedSuites = [(ushort)suite],
        Identity = identity,
        Psk = psk is null ? (ReadOnlyMemory<byte>?)null : psk,
        AcceptPeer = accept ?? (_ => true),
        Random = new SeededRandomSource(isInitiator ? 7 : 8),
        TimeProvider = TimeProvider.System,
    };

    private bool Move(PeerSessionCore from, PeerSessionCore to, bool isInitiator)
    {
        bool moved = false;
        while (from.TryWrite(_buffer, out int written))
        {
            moved = true;
            if (Intercept(isInitiator, Travelled++, _buffer[..written]) is { } arriving) to.HandleRecord(PeerLane.Control, arriving, Now);
        }

        return moved;
    }

}
