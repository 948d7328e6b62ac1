using BerOfChat.Primitives;
using BerOfChat.Sessions;
using BerOfChat.Sync;

namespace BerOfChat.Client;

/// <summary>The open sessions, one for each device: moves messages between them and the rooms.</summary>
internal sealed class PeerHub(ClientContext context, IPeerHubOwner owner)
{
    private readonly Dictionary<int, PeerChannel> _peers = [];
    private readonly Dictionary<int, Task> _running = [];
    private int _lastId;

    /// <summary>Call under the gate.</summary>
    public IReadOnlyCollection<PeerChannel> Peers => _peers.Values;

    /// <summary>Call under the gate.</summary>
    public PeerChannel? FindDevice(Bytes32 device) => _peers.Values.FirstOrDefault(peer => peer.Device == device);

    /// <summary>Takes over a session. One that there was with the same device is replaced.</summary>
    /// <param name="session">The session.</param>
    /// <param name="prepare">Runs under the gate before the first message is read.</param>
    public PeerChannel Add(PeerSession session, Action<PeerChannel> prepare)
    {
        PeerChannel? older;
        PeerChannel peer;
        lock (context.Gate)
        {
            peer = new PeerChannel(++_lastId, session);
            older = FindDevice(peer.Device);
            if (older is not null) Remove(older);
            _peers.Add(peer.Id, peer);
            owner.OnSessionOpened(peer);
            prepare(peer);
            _running.Add(peer.Id, Task.Run(() => RunAsync(peer)));
        }

        if (older is not null) _ = older.Session.CloseAsync(SessionCloseReason.Replaced);
        return peer;
    }

    /// <summary>Sends to one session, if it is still there. Call under the gate.</summary>
    public void Send(int id, SyncMessage message)
    {
        if (!_peers.TryGetValue(id, out PeerChannel? peer)) return;
        if (peer.TrySend(SyncMessageCodec.LaneOf(message), SyncMessageCodec.Encode(message))) return;
        Remove(peer);
        _ = peer.Session.CloseAsync(SessionCloseReason.Done);
    }

    /// <summary>Closes all sessions and waits until nothing runs any more.</summary>
    public async Task CloseAsync()
    {
        PeerChannel[] peers;
        Task[] running;
        lock (context.Gate)
        {
            peers = [.. _peers.Values];
            running = [.. _running.Values];
        }

        await Task.WhenAll(peers.Select(peer => peer.Session.CloseAsync(SessionCloseReason.Done))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync(PeerChannel peer)
    {
        using var ended = new CancellationTokenSource();
        Task sending = peer.RunAsync(ended.Token);
        SessionCloseReason reason = SessionCloseReason.Done;
        try
        {
            await foreach (PeerMessage message in peer.Session.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                if (!TryHandle(peer, message.Payload))
                {
                    reason = SessionCloseReason.Malformed;
                    break;
                }

                await owner.WaitForStoreAsync().ConfigureAwait(false);
            }
        }
        catch (BerOfChatException)
        {
            // Why it ended is what the session says of itself.
        }
        finally
        {
            lock (context.Gate) Remove(peer);
            await peer.Session.CloseAsync(reason).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ended.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await peer.Session.DisposeAsync().ConfigureAwait(false);
            lock (context.Gate)
            {
                _running.Remove(peer.Id);
                owner.OnSessionEnded(peer);
            }
        }
    }

    private bool TryHandle(PeerChannel peer, ReadOnlyMemory<byte> payload)
    {
        if (!SyncMessageCodec.TryParse(payload, out SyncMessage? message)) return false;
        if (message is null) return true;
        lock (context.Gate) return !_peers.ContainsKey(peer.Id) || owner.OnMessage(peer, message);
    }

    private void Remove(PeerChannel peer)
    {
        if (!_peers.Remove(peer.Id)) return;
        peer.Complete();
        owner.OnSessionClosed(peer);
    }
}

/// <summary>Who hears of sessions and their messages. All calls but the last are made under the gate.</summary>
internal interface IPeerHubOwner
{
    void OnSessionOpened(PeerChannel peer);

    /// <summary>The session takes no part any more.</summary>
    void OnSessionClosed(PeerChannel peer);

    /// <summary>The session has ended for good and its reason is known.</summary>
    void OnSessionEnded(PeerChannel peer);

    /// <summary>False when the message breaks the rules.</summary>
    bool OnMessage(PeerChannel peer, SyncMessage message);

    /// <summary>Completes when the store has caught up, so that a fast peer waits for a slow disk.</summary>
    Task WaitForStoreAsync();
}
