using BerOfChat;
using BerOfChat.WebRtc;

namespace ConsoleChat;

/// <summary>One person's chat: opens the profile, finds or makes the room, and moves lines between it and the view.</summary>
internal static class Chat
{
    public static async Task RunAsync(ChatSettings settings, CancellationToken cancellationToken)
    {
        // Read first: a mistyped invitation should not cost a password.
        RoomInvite? invite = settings.Invite is null ? null : RoomInvite.Parse(settings.Invite);
        IChatView view = settings.IsPlain ? new PlainView() : new TerminalView();
        var profile = new ProfileDirectory(settings.Profile, settings.DataDirectory);
        Unlock unlock = PasswordPrompt.Read(settings, isNew: !profile.Exists);
        if (unlock.IsFilePermissionsOnly) view.ShowNotice("protection", "This profile has no password: only file permissions protect it.");
        try
        {
            await ChatAsync(settings, profile, unlock, invite, view, cancellationToken);
        }
        finally
        {
            view.ShowEnd();
        }
    }

    private static async Task ChatAsync(ChatSettings settings, ProfileDirectory profile, Unlock unlock, RoomInvite? invite, IChatView view, CancellationToken cancellationToken)
    {
        await using EmbeddedSignaling? embedded = settings.Signal is null && invite is null ? await StartSignalingAsync(settings, profile, view, cancellationToken) : null;
        await using WebSocketSignaling? signaling = (settings.Signal ?? embedded?.Addresses[0]) is { } address ? new WebSocketSignaling(address) : null;
        var options = new BerOfChatOptions
        {
            Signaling = signaling,
            Transport = new WebRtcPeerTransport(new PeerConnectionOptions { IncludeLoopback = true }),      // two profiles on one machine
            Store = new SqliteMessageStore(profile.StorePath),
            Unlock = unlock,
        };
        foreach (Uri reachable in embedded?.Addresses ?? []) options.SignalingAddresses.Add(reachable);

        await using BerOfChatClient client = await BerOfChatClient.OpenAsync(options, cancellationToken);
        view.ShowNotice("you", $"You are {Names.Of(client.Id)} ({client.Id}).");
        Room room = await EnterAsync(client, invite, view, cancellationToken);
        view.ShowNotice("room", $"Room \"{room.Title}\". /help lists the commands.");

        room.MembersChanged += (_, _) => view.ShowMembers(room.Members);
        room.MessageDelivered += (_, e) => view.ShowDelivered(e.Message, e.Peer);
        view.ShowMembers(room.Members);
        if (invite is null && room.Members.Count == 1) await InviteAsync(room, settings, view, cancellationToken);
        view.ShowNotice("ready", "Ready.");

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task showing = ShowMessagesAsync(room, view, leaving.Token);
        try
        {
            while (await view.ReadLineAsync(cancellationToken) is { } line && await HandleAsync(line, room, settings, view, cancellationToken))
            {
            }
        }
        finally
        {
            await leaving.CancelAsync();
            await showing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The room of the invitation, or the last one of the profile, or a new one.</summary>
    private static async Task<Room> EnterAsync(BerOfChatClient client, RoomInvite? invite, IChatView view, CancellationToken cancellationToken)
    {
        if (invite is null) return client.Rooms.Count > 0 ? client.Rooms[^1] : await client.CreateRoomAsync("chat", cancellationToken);

        client.ConnectionProgress += (_, e) => view.ShowNotice("progress", e.Error is null ? $"{e.Stage}" : $"{e.Stage}: {e.Error.Message}");
        view.ShowNotice("joining", "Joining; the one who invited you must be online.");
        return await client.JoinRoomAsync(invite, cancellationToken);
    }

    private static async Task ShowMessagesAsync(Room room, IChatView view, CancellationToken cancellationToken)
    {
        await foreach (RoomMessage message in room.ReadMessagesAsync(RoomPosition.Start, cancellationToken)) view.ShowMessage(message);
    }

    /// <summary>False when the person wants to leave.</summary>
    private static async Task<bool> HandleAsync(string line, Room room, ChatSettings settings, IChatView view, CancellationToken cancellationToken)
    {
        switch (line.Trim())
        {
            case "":
                return true;
            case "/quit":
                return false;
            case "/help":
                view.ShowNotice("help", "/who: who is there · /invite: invite somebody else · /quit: leave (the history stays) · anything else is sent");
                return true;
            case "/who":
                view.ShowMembers(room.Members);
                return true;
            case "/invite":
                await InviteAsync(room, settings, view, cancellationToken);
                return true;
            case ['/', not '/', ..]:
                view.ShowNotice("error", "There is no such command; /help lists them. Two slashes send a line that begins with one.");
                return true;
        }

        try
        {
            string text = line.StartsWith("//", StringComparison.Ordinal) ? line[1..] : line;
            view.ShowSent(await room.SendAsync(text, cancellationToken));
        }
        catch (BerOfChatException e) when (e.ErrorCode == BerOfChatErrorCode.MessageTooLarge)
        {
            view.ShowNotice("error", e.Message);
        }

        return true;
    }

    private static async Task InviteAsync(Room room, ChatSettings settings, IChatView view, CancellationToken cancellationToken)
    {
        RoomInvite invite = await room.CreateInviteAsync(cancellationToken: cancellationToken);
        string directory = settings.DataDirectory is null ? "" : $" --data-dir \"{settings.DataDirectory}\"";
        view.ShowInvite(invite, $"dotnet run --no-build --project samples/ConsoleChat -- join \"{invite}\" --profile bob{directory}");
    }

    private static async Task<EmbeddedSignaling> StartSignalingAsync(ChatSettings settings, ProfileDirectory profile, IChatView view, CancellationToken cancellationToken)
    {
        int? wanted = settings.Port ?? profile.Port;
        EmbeddedSignaling signaling;
        try
        {
            signaling = await EmbeddedSignaling.StartAsync(wanted, withPrivateAddresses: true, cancellationToken);
        }
        catch (IOException) when (wanted is not null && settings.Port is null)
        {
            view.ShowNotice("notice", $"Port {wanted} is taken, so this chat waits at another one: invitations made before do not find it now.");
            signaling = await EmbeddedSignaling.StartAsync(null, withPrivateAddresses: true, cancellationToken);
        }

        profile.Port ??= signaling.Port;
        view.ShowNotice("signaling", $"Signaling at {string.Join(", ", signaling.Addresses)}");
        return signaling;
    }
}
