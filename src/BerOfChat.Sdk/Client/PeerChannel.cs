using System.Threading.Channels;
using BerOfChat.Primitives;
using BerOfChat.Sessions;

namespace BerOfChat.Client;

/// <summary>An open session and what waits to be sent on it.</summary>
internal sealed class PeerChannel(int id, PeerSession session)
{
    private readonly Channel<(PeerLane Lane, byte[] Message)> _outgoing =
        Channel.CreateUnbounded<(PeerLane, byte[])>(new UnboundedChannelOptions { SingleReader = true });

    private long _waiting;

    public int Id => id;

    public PeerSession Session => session;

    public Bytes32 Account => session.Remote.AccountKey;

    public Bytes32 Device => session.Remote.Certificate.DeviceAgreement;

    /// <summary>Hands a message over without waiting. False when the peer has fallen so far behind that the session should end; it then resumes by sync.</summary>
    public bool TrySend(PeerLane lane, byte[] message)
    {
        if (Interlocked.Add(ref _waiting, message.Length) > MaxWaiting) return false;
        _outgoing.Writer.TryWrite((lane, message));
        return true;
    }

    /// <summary>Sends until the session ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach ((PeerLane lane, byte[] message) in _outgoing.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await session.SendAsync(message, lane, cancellationToken).ConfigureAwait(false);
            Interlocked.Add(ref _waiting, -message.Length);
        }
    }

    public void Complete() => _outgoing.Writer.TryComplete();

    private const long MaxWaiting = 8L * 1024 * 1024;
}
