using BerOfChat;
using BerOfChat.WebRtc;
using ConsoleChat.Terminal;

namespace ConsoleChat;

/// <summary>One person's chat: opens the profile, finds or makes the room, and moves lines between it and the view.</summary>
internal static class Chat
{
    public static async Task RunAsync(ChatSettings settings, CancellationToken cancellationToken)
    {
        if (!settings.IsPlain && Console.IsInputRedirected)
            throw new ArgumentException("Standard input is no terminal. A script that wants to chat adds --plain: then lines go in and events come out.");

        // Read first: a mistyped invitation or a profile in use should not cost a password.
        RoomInvite? invite = settings.Invite is null || settings.IsManual ? null : RoomInvite.Parse(settings.Invite);
        var profile = new ProfileDirectory(settings.Profile, settings.DataDirectory);
        if (profile.IsOpen) throw new BerOfChatException(BerOfChatErrorCode.StoreLocked, $"Profile {settings.Profile} is open in another terminal. To be a second person on this machine: --profile {profile.ProposeAnother()}");
        Unlock unlock = await PasswordPrompt.ReadAsync(settings, isNew: !profile.Exists, cancellationToken);
        IChatView view = settings.IsPlain ? new PlainView() : new TerminalView();
        try
        {
            await ChatAsync(settings, profile, unlock, invite, view, cancellationToken);
            view.ShowEnd();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            view.ShowEnd();
            throw;
        }
    }

    private static async Task ChatAsync(ChatSettings settings, ProfileDirectory profile, Unlock unlock, RoomInvite? invite, IChatView view, CancellationToken cancellationToken)
    {
        await using EmbeddedSignaling? embedded = settings is { Signal: null, Invite: null, IsManual: false } ? await StartSignalingAsync(settings, profile, view, cancellationToken) : null;
        await using WebSocketSignaling? signaling = (settings.Signal ?? embedded?.Addresses[0]) is { } address ? new WebSocketSignaling(address) : null;
        await using BerOfChatClient client = await OpenAsync(settings, profile, unlock, signaling, embedded, view, cancellationToken);
        if (embedded is not null) view.ShowNotice("signaling", $"Signaling at {string.Join(", ", embedded.Addresses)}");
        view.ShowNotice("you", $"You are {Names.Of(client.Id)} ({client.Id}).");
        Room room = settings is { IsManual: true, Invite: { } code } ? await ManualMeeting.JoinAsync(client, code, view, cancellationToken)
            : invite is not null ? await JoinAsync(client, invite, profile, view, cancellationToken)
            : profile.Choose(client.Rooms) ?? (profile.IsJoining ? throw StillJoining() : await client.CreateRoomAsync("chat", cancellationToken));
        profile.Remember(room);
        view.ShowNotice("room", $"Room \"{room.Title}\". /help lists the commands.");

        room.MembersChanged += ShowMembers;
        room.MemberChanged += (_, e) => view.ShowChange(e, e.Member == client.Id);
        room.MessageDelivered += (_, e) => view.ShowDelivered(e.Message, e.Peer);
        view.ShowMembers(room.Members);
        var invitations = new Invitations(room, settings, profile, embedded, view);
        await using ManualMeeting? meeting = settings.IsManual ? new ManualMeeting(client, room, settings, profile, view) : null;
        var commands = new ChatCommands(client, room, invitations, meeting, view);
        if (settings is { IsManual: true, Invite: null }) await meeting!.OfferAsync(cancellationToken);
        else if (settings.Invite is null && room.Members.Count == 1) await invitations.ShowNewAsync(cancellationToken);
        view.ShowNotice("ready", room.Members.Count == 1 ? "Waiting for somebody to join. Who joins reads what is written from then on." : "Ready: what you type is sent.");

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task showing = ShowMessagesAsync(room, view, leaving.Token);
        try
        {
            while (await view.ReadLineAsync(cancellationToken) is { } line && await commands.HandleAsync(line, cancellationToken))
            {
            }
        }
        finally
        {
            // Closing ends the connections: that is no news about the others.
            room.MembersChanged -= ShowMembers;
            await leaving.CancelAsync();
            await showing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void ShowMembers(object? sender, EventArgs e) => view.ShowMembers(room.Members);
    }

    /// <summary>Opens the profile. In a terminal a mistyped password may be typed again, up to <see cref="MaxPasswords"/> times in all.</summary>
    private static async Task<BerOfChatClient> OpenAsync(
        ChatSettings settings, ProfileDirectory profile, Unlock unlock, WebSocketSignaling? signaling, EmbeddedSignaling? embedded, IChatView view, CancellationToken cancellationToken)
    {
        for (int typed = 1; ; typed++)
        {
            var options = new BerOfChatOptions
            {
                Signaling = signaling,
                Transport = new WebRtcPeerTransport(new PeerConnectionOptions
                {
                    IncludeLoopback = true,     // two profiles on one machine
                    IceServers = settings.IceServers,
                    IceTransportPolicy = settings.IsRelayOnly ? IceTransportPolicy.Relay : IceTransportPolicy.All,
                }),
                Store = new SqliteMessageStore(profile.StorePath),
                Unlock = unlock,
            };
            foreach (Uri reachable in embedded?.Addresses ?? []) options.SignalingAddresses.Add(reachable);
            try
            {
                BerOfChatClient client = await BerOfChatClient.OpenAsync(options, cancellationToken);
                if (unlock.IsFilePermissionsOnly) view.ShowNotice("protection", "This profile has no password: only file permissions protect it.");
                return client;
            }
            catch (BerOfChatException e) when (e.ErrorCode == BerOfChatErrorCode.WrongPassword && PasswordPrompt.IsAsked(settings) && typed < MaxPasswords)
            {
                view.ShowNotice("error", "That was not the password. Again:");
                unlock = await PasswordPrompt.ReadAsync(settings, isNew: false, cancellationToken);
            }
        }
    }

    /// <summary>Accepts the invitation, and says how far that is.</summary>
    private static async Task<Room> JoinAsync(BerOfChatClient client, RoomInvite invite, ProfileDirectory profile, IChatView view, CancellationToken cancellationToken)
    {
        bool isHeard = false;
        profile.IsJoining = true;
        view.ShowNotice("joining", "Joining. The one who invited you must be online.");
        client.ConnectionProgress += ShowProgress;
        try
        {
            Task<Room> joining = client.JoinRoomAsync(invite, cancellationToken);
            if (await Task.WhenAny(joining, Task.Delay(s_silence, cancellationToken)) != joining && !isHeard && !cancellationToken.IsCancellationRequested)
                view.ShowNotice("notice", "Still waiting: nobody answers. Is the other side's window open, and can this machine reach it? Ctrl+C gives up; the same command goes on.");
            Room room = await joining;
            profile.IsJoining = false;
            return room;
        }
        catch (BerOfChatException e) when (e.ErrorCode is BerOfChatErrorCode.InviteUsed or BerOfChatErrorCode.InviteExpired or BerOfChatErrorCode.InviteRevoked)
        {
            profile.IsJoining = false;
            throw;
        }
        finally
        {
            client.ConnectionProgress -= ShowProgress;
        }

        void ShowProgress(object? sender, ConnectionProgressEventArgs e)
        {
            isHeard = true;
            view.ShowNotice("progress", Describe(e));
        }
    }

    private static string Describe(ConnectionProgressEventArgs e) => e.Stage switch
    {
        ConnectionStage.Signaling => "  met at the signaling service",
        ConnectionStage.Path => "  a path between the two devices works",
        ConnectionStage.Transport => "  the path is encrypted",
        ConnectionStage.Session => "  both have proven who they are",
        _ => e.Error is null ? "  the connection has ended; trying again" : $"  {e.Error.Message}",
    };

    private static ArgumentException StillJoining() =>
        new("This profile has accepted an invitation and is not in the room yet. Give the same join command again to go on, or open a room as somebody else: --profile NAME.");

    private static async Task ShowMessagesAsync(Room room, IChatView view, CancellationToken cancellationToken)
    {
        await foreach (RoomMessage message in room.ReadMessagesAsync(RoomPosition.Start, cancellationToken)) view.ShowMessage(message);
    }

    private static async Task<EmbeddedSignaling> StartSignalingAsync(ChatSettings settings, ProfileDirectory profile, IChatView view, CancellationToken cancellationToken)
    {
        int? wanted = settings.Port ?? profile.Port;
        EmbeddedSignaling signaling;
        try
        {
            signaling = await EmbeddedSignaling.StartAsync(wanted, withPrivateAddresses: true, cancellationToken);
        }
        catch (IOException) when (settings.Port is not null)
        {
            throw new ArgumentException($"--listen {settings.Port}: another program has this port. Choose another one, or leave the option away.");
        }
        catch (IOException) when (wanted is not null)
        {
            view.ShowNotice("notice", $"Port {wanted} is taken by another program, so this chat waits at another one: invitations made before do not find it now.");
            signaling = await EmbeddedSignaling.StartAsync(null, withPrivateAddresses: true, cancellationToken);
        }

        profile.Port ??= signaling.Port;
        return signaling;
    }

    private const int MaxPasswords = 3;

    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(10);
}
