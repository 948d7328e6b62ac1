using System.Runtime.CompilerServices;
using System.Text;
using BerOfChat.Client;
using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Rooms;

namespace BerOfChat;

/// <summary>A conversation. All members may be called from any thread; events are raised one at a time and in order.</summary>
public sealed class Room
{
    /// <summary>The longest message, in bytes of UTF-8.</summary>
    public const int MaxMessageSize = LogLimits.MaxMessageSize;

    private readonly ClientContext _context;
    private readonly ClientRuntime _runtime;

    internal Room(ClientContext context, ClientRuntime runtime, RoomHost host)
    {
        _context = context;
        _runtime = runtime;
        Host = host;
        Id = new RoomId(host.Replica.Room.ToArray());
        Title = host.Replica.Stored.Title;
    }

    /// <summary>Names the room on every device.</summary>
    public RoomId Id { get; }

    /// <summary>What the room is called.</summary>
    public string Title { get; }

    /// <summary>Who has joined, this account included.</summary>
    public IReadOnlyList<RoomMember> Members
    {
        get
        {
            lock (_context.Gate)
            {
                HashSet<Bytes32> connected = [.. _runtime.Peers.Select(peer => peer.Account)];
                return [.. Host.Replica.Members.Select(log => log.Account).Distinct().Select(account =>
                    new RoomMember(new PeerId(account.ToArray()), account == _context.Identity.AccountKey, account == _context.Identity.AccountKey || connected.Contains(account), Host.Replica.Membership.Accounts[account].Role))];
            }
        }
    }

    /// <summary>Somebody has joined, or is connected now, or is not any more: look at <see cref="Members"/>.</summary>
    public event EventHandler? MembersChanged;

    /// <summary>Somebody has joined, has left, was removed or has another role. After a time away: what has changed since.</summary>
    public event EventHandler<RoomMemberChangedEventArgs>? MemberChanged;

    /// <summary>Whether this account is in the room. When it is not, what it had can be read and nothing written.</summary>
    public RoomState State
    {
        get
        {
            lock (_context.Gate) return Host.Replica.State;
        }
    }

    /// <summary><see cref="State"/> has changed.</summary>
    public event EventHandler? StateChanged;

    /// <summary>A message of this device is durable on a device of somebody else who can read it; who joined later cannot. Raised once for each message and account while the client runs, also for those sent before it started.</summary>
    public event EventHandler<MessageDeliveredEventArgs>? MessageDelivered;

    internal RoomHost Host { get; }

    /// <summary>Makes an invitation. It is durable when it is returned; this device must be online for somebody to join with it. Only admins invite.</summary>
    /// <param name="options">How it may be used: by default once, within a day.</param>
    /// <param name="cancellationToken">Ends the wait; the invitation may then exist or not.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.NotPermitted"/>, <see cref="BerOfChatErrorCode.NotAMember"/>, <see cref="BerOfChatErrorCode.StoreUnavailable"/> or <see cref="BerOfChatErrorCode.Closed"/>.
    /// </exception>
    public Task<RoomInvite> CreateInviteAsync(RoomInviteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new RoomInviteOptions();
        if (options.Lifetime <= TimeSpan.Zero || options.Lifetime > s_longestLifetime)
            throw new ArgumentOutOfRangeException(nameof(options), "An invitation lives for more than nothing and at most 30 days.");
        if (options.Uses is < 0 or > byte.MaxValue) throw new ArgumentOutOfRangeException(nameof(options), "An invitation has 1 to 255 uses, or 0 for any number.");
        return _runtime.CreateInviteAsync(Host, options, cancellationToken);
    }

    /// <summary>Writes a message. Returns when it is durable on this device; it reaches the others whenever they are met.</summary>
    /// <param name="text">The text, at most <see cref="MaxMessageSize"/> bytes of UTF-8.</param>
    /// <param name="cancellationToken">Ends the wait; the message may then be written or not.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.MessageTooLarge"/>, <see cref="BerOfChatErrorCode.NotAMember"/>, <see cref="BerOfChatErrorCode.StoreUnavailable"/> or <see cref="BerOfChatErrorCode.Closed"/>.
    /// </exception>
    public async Task<RoomMessageId> SendAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        cancellationToken.ThrowIfCancellationRequested();
        if (Encoding.UTF8.GetByteCount(text) > MaxMessageSize)
            throw new BerOfChatException(BerOfChatErrorCode.MessageTooLarge, $"A message has at most {MaxMessageSize} bytes of UTF-8. Send it in parts.");
        return new RoomMessageId(await Host.SendAsync(text, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Leaves the room with all devices of this account. Returns when that is durable here; what the others write once they know of it is not for this account.</summary>
    /// <remarks>
    /// The others hear of it when they are met: as long as its profile is open this device looks for them, until one holds that durably, for at most 30 days.
    /// What it had can still be read. When the last admin leaves, whoever has been in the room for longest becomes one. A new invitation leads back. Does nothing when this account is out already.
    /// </remarks>
    /// <param name="cancellationToken">Ends the wait; it may then have left or not.</param>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.StoreUnavailable"/> or <see cref="BerOfChatErrorCode.Closed"/>.</exception>
    public Task LeaveAsync(CancellationToken cancellationToken = default) => RoomAdministration.LeaveAsync(Host, cancellationToken);

    /// <summary>Removes a member with all its devices. Returns when that is durable here. What is written from then on, by whoever knows of it, cannot be read by the removed.</summary>
    /// <remarks>
    /// What the removed wrote that was not known here is hidden everywhere. A device of the removed that is away learns of it, and of nothing later, from any member that it knows and meets within
    /// 30 days; its <see cref="State"/> is then <see cref="RoomState.Removed"/>. Invitations made before do not let it in again; a new one does.
    /// </remarks>
    /// <param name="member">The member. To go oneself, call <see cref="LeaveAsync"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the member may then be removed or not.</param>
    /// <exception cref="ArgumentException">The member is this account.</exception>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.NotPermitted"/> (only admins remove, and nobody whoever made the room), <see cref="BerOfChatErrorCode.MemberUnknown"/>,
    /// <see cref="BerOfChatErrorCode.NotAMember"/>, <see cref="BerOfChatErrorCode.StoreUnavailable"/> or <see cref="BerOfChatErrorCode.Closed"/>.
    /// </exception>
    public Task RemoveMemberAsync(PeerId member, CancellationToken cancellationToken = default)
    {
        Bytes32 account = AccountOf(member);
        if (account == _context.Identity.AccountKey) throw new ArgumentException("Nobody removes itself. To go, call LeaveAsync.", nameof(member));
        return RoomAdministration.RemoveAsync(Host, account, cancellationToken);
    }

    /// <summary>Makes a member an admin, or an admin a member. Returns when that is durable here.</summary>
    /// <param name="member">The member.</param>
    /// <param name="role">What it may do from now on.</param>
    /// <param name="cancellationToken">Ends the wait; the role may then be changed or not.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.NotPermitted"/> (only admins change roles, and nobody that of whoever made the room), <see cref="BerOfChatErrorCode.MemberUnknown"/>,
    /// <see cref="BerOfChatErrorCode.NotAMember"/>, <see cref="BerOfChatErrorCode.StoreUnavailable"/> or <see cref="BerOfChatErrorCode.Closed"/>.
    /// </exception>
    public Task SetRoleAsync(PeerId member, RoomRole role, CancellationToken cancellationToken = default)
    {
        if (role is not (RoomRole.Admin or RoomRole.Member)) throw new ArgumentOutOfRangeException(nameof(role), "There is no such role.");
        return RoomAdministration.SetRoleAsync(Host, AccountOf(member), role, cancellationToken);
    }

    /// <summary>The messages from a position on, then those that come, until it is cancelled or the client closes. Each call is a cursor of its own.</summary>
    /// <param name="from">Where to begin: <see cref="RoomPosition.Start"/>, or <see cref="RoomMessage.Position"/> of the last message that was read.</param>
    /// <param name="cancellationToken">Ends the stream with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="BerOfChatException">The store failed.</exception>
    public async IAsyncEnumerable<RoomMessage> ReadMessagesAsync(RoomPosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task news = Host.Readable.Next;
            (List<RoomMessage> page, RoomPosition next) = ReadPage(from);
            foreach (RoomMessage message in page)
            {
                yield return message;
                cancellationToken.ThrowIfCancellationRequested();
            }

            from = next;
            bool isClosed = Host.IsClosed;
            if (HasMore(from)) continue;
            if (isClosed) yield break;
            await news.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The messages from a position on that are there now; ends after the last.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="cancellationToken">Ends the stream with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<RoomMessage> ReadHistoryAsync(RoomPosition from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        while (HasMore(from))
        {
            (List<RoomMessage> page, RoomPosition next) = ReadPage(from);
            foreach (RoomMessage message in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return message;
            }

            from = next;
        }
    }

    internal async Task<ManualOffer> OfferManuallyAsync(CancellationToken cancellationToken) =>
        new(await _runtime.OfferManuallyAsync(Host, cancellationToken).ConfigureAwait(false));

    internal void Raise(RoomEvent e)
    {
        switch (e)
        {
            case RoomEvent.MembersChanged:
                _context.Events.Post(() => MembersChanged?.Invoke(this, EventArgs.Empty));
                break;
            case RoomEvent.MemberChanged changed:
                PeerId? by = changed.By is { } remover ? new PeerId(remover.ToArray()) : null;
                var change = new RoomMemberChangedEventArgs(new PeerId(changed.Account.ToArray()), changed.Change, changed.Role, by);
                _context.Events.Post(() => MemberChanged?.Invoke(this, change));
                break;
            case RoomEvent.StateChanged:
                _context.Events.Post(() => StateChanged?.Invoke(this, EventArgs.Empty));
                break;
            case RoomEvent.Delivered delivered:
                var args = new MessageDeliveredEventArgs(new RoomMessageId(delivered.Hash), new PeerId(delivered.Account.ToArray()));
                _context.Events.Post(() => MessageDelivered?.Invoke(this, args));
                break;
        }
    }

    private bool HasMore(RoomPosition from)
    {
        lock (_context.Gate) return from.Value < (ulong)Host.ReadableCount;
    }

    /// <summary>The next messages, and the position behind them: hidden ones keep theirs.</summary>
    private (List<RoomMessage> Page, RoomPosition Next) ReadPage(RoomPosition from)
    {
        lock (_context.Gate)
        {
            List<RoomMessage> page = [];
            int at = (int)Math.Min(from.Value, int.MaxValue);
            for (; at < Host.ReadableCount && page.Count < PageSize; at++)
            {
                ShownMessage message = Host.Replica.Messages[at];
                if (!Host.Replica.IsHidden(message)) page.Add(ToMessage(message));
            }

            return (page, new RoomPosition((ulong)at));
        }
    }

    private static Bytes32 AccountOf(PeerId member)
    {
        Span<byte> account = stackalloc byte[Bytes32.Size];
        member.CopyTo(account);
        return Bytes32.Read(account);
    }

    private RoomMessage ToMessage(ShownMessage message) => new()
    {
        Id = new RoomMessageId(message.Entry.Hash),
        Sender = new PeerId(message.Author.ToArray()),
        IsMine = message.Author == _context.Identity.AccountKey,
        Text = message.Text,
        SentAt = ToTime(Math.Min(message.Entry.Header.WallTime, message.Arrival)),
        ReceivedAt = ToTime(message.Arrival),
        IsExposed = message.IsExposed,
        Order = message.Order,
        Position = new RoomPosition(message.Position),
    };

    private static DateTimeOffset ToTime(ulong wall) => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(wall, MaxUnixMilliseconds));

    private const int PageSize = 64;
    private const ulong MaxUnixMilliseconds = 253_402_300_799_999;      // the end of the year 9999, the last that DateTimeOffset knows

    private static readonly TimeSpan s_longestLifetime = TimeSpan.FromDays(30);
}
