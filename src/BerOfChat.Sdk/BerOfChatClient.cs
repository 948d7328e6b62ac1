using System.Security.Cryptography;
using BerOfChat.Client;
using BerOfChat.Identity;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BerOfChat;

/// <summary>One account on one device: its rooms, and its connections to those of others. All members may be called from any thread.</summary>
public sealed class BerOfChatClient : IAsyncDisposable
{
    private readonly ClientContext _context;
    private readonly ClientRuntime _runtime;
    private readonly Dictionary<RoomHost, Room> _rooms = [];
    private readonly Lock _closeLock = new();
    private Task? _closing;

    private BerOfChatClient(ClientContext context)
    {
        _context = context;
        _runtime = new ClientRuntime(context);
        Id = context.Identity.Id;
        _runtime.RoomAdded += room => _rooms.Add(room, new Room(_context, _runtime, room));
        _runtime.RoomChanged += (room, e) => _rooms[room].Raise(e);
        _runtime.Progress += args => ConnectionProgress?.Invoke(this, args);
    }

    /// <summary>How connections come about and end. Raised one at a time and in order.</summary>
    public event EventHandler<ConnectionProgressEventArgs>? ConnectionProgress;

    /// <summary>The account. Others see it in every room.</summary>
    public PeerId Id { get; }

    /// <summary>The rooms that this account is in.</summary>
    public IReadOnlyList<Room> Rooms
    {
        get
        {
            lock (_context.Gate) return [.. _rooms.Where(room => room.Key.Replica.IsReady).Select(room => room.Value)];
        }
    }

    /// <summary>Opens the profile, or makes one in an empty store, and begins to look for the members of its rooms.</summary>
    /// <param name="options">What the client is made of; not looked at afterwards.</param>
    /// <param name="cancellationToken">Gives up opening.</param>
    /// <exception cref="ArgumentException">The options are not valid.</exception>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.WrongPassword"/>, <see cref="BerOfChatErrorCode.StoreLocked"/>, <see cref="BerOfChatErrorCode.StoreUnavailable"/>,
    /// <see cref="BerOfChatErrorCode.StoreCorrupt"/> or <see cref="BerOfChatErrorCode.StoreVersion"/>.
    /// </exception>
    public static async Task<BerOfChatClient> OpenAsync(BerOfChatOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.Join(' ', options.FindMistakes()) is { Length: > 0 } mistakes) throw new ArgumentException(mistakes, nameof(options));
        IMessageStore store = options.Store ?? new InMemoryMessageStore();

        // What nobody can steal needs no expensive slot.
        KeySlotCost cost = store is InMemoryMessageStore ? KeySlotCost.Least : KeySlotCost.Default;
        ProfileStore profile = await ProfileStore.OpenAsync(store, options.Unlock, CryptographicRandomSource.Instance, cost, cancellationToken).ConfigureAwait(false);
        BerOfChatClient? client = null;
        try
        {
            LocalIdentity identity = await OpenIdentityAsync(profile, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            ILogger logger = options.LoggerFactory?.CreateLogger("BerOfChat") ?? NullLogger.Instance;
            client = new BerOfChatClient(new ClientContext(identity, profile, options, logger));
            await client._runtime.StartAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            if (client is not null) await client.DisposeAsync().ConfigureAwait(false);
            else await profile.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a room. It is durable when it is returned.</summary>
    /// <param name="title">What it is called, at most 256 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Ends the wait; the room may then exist or not.</param>
    public async Task<Room> CreateRoomAsync(string title, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(title);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(System.Text.Encoding.UTF8.GetByteCount(title), LogLimits.MaxTitleSize, nameof(title));
        ThrowIfClosed();
        return Find(await _runtime.CreateRoomAsync(title, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Joins a room. Returns when this account is a member and can read what the others write from then on; until then it waits for the issuer to be online.</summary>
    /// <remarks>When the process ends meanwhile, the client goes on joining when it is opened again.</remarks>
    /// <param name="invite">The invitation.</param>
    /// <param name="cancellationToken">Gives up joining.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.InviteUsed"/>, <see cref="BerOfChatErrorCode.InviteExpired"/>, <see cref="BerOfChatErrorCode.InviteRevoked"/>,
    /// <see cref="BerOfChatErrorCode.SignalingUnavailable"/> when there is no service to try, or <see cref="BerOfChatErrorCode.Closed"/>.
    /// </exception>
    public async Task<Room> JoinRoomAsync(RoomInvite invite, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invite);
        ThrowIfClosed();
        return Find(await _runtime.JoinAsync(invite, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The sessions that are open now.</summary>
    public IReadOnlyList<PeerConnectionInfo> GetConnections() =>
        [.. _runtime.Peers.Select(peer => new PeerConnectionInfo(peer.Session.Peer, peer.Session.SafetyNumber, peer.Session.GetStatistics()))];

    /// <summary>Leaves its peers, finishes what was being written, and closes the store. Streams of messages end.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_closeLock)
        {
            _closing ??= _runtime.DisposeAsync().AsTask();
            return new ValueTask(_closing);
        }
    }

    private static async Task<LocalIdentity> OpenIdentityAsync(ProfileStore profile, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (await profile.ReadProfileAsync(cancellationToken).ConfigureAwait(false) is { } row)
        {
            bool isValid = LocalIdentity.TryImport(row, out LocalIdentity? existing);
            CryptographicOperations.ZeroMemory(row);
            return isValid ? existing! : throw new BerOfChatException(BerOfChatErrorCode.StoreCorrupt, "The keys of this profile do not fit together. Restore the file from a backup.");
        }

        LocalIdentity created = LocalIdentity.Create(CryptographicRandomSource.Instance, timeProvider.GetUtcNow());
        byte[] exported = created.Export();
        try
        {
            await profile.WriteProfileAsync(exported, cancellationToken).ConfigureAwait(false);
            return created;
        }
        catch
        {
            created.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(exported);
        }
    }

    internal async Task<ManualAnswer> AnswerManuallyAsync(string code, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        return new ManualAnswer(await _runtime.AnswerManuallyAsync(code, cancellationToken).ConfigureAwait(false), Find);
    }

    private Room Find(RoomHost host)
    {
        lock (_context.Gate) return _rooms[host];
    }

    private void ThrowIfClosed()
    {
        lock (_closeLock)
        {
            if (_closing is not null) throw RoomHost.Closed();
        }
    }
}
