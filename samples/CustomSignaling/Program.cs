using BerOfChat;
using CustomSignaling;

// Two people who share nothing but a folder.
string folder = args.Length > 0 ? args[0] : Directory.CreateTempSubdirectory("folder-signaling-").FullName;
using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
await using var alice = await BerOfChatClient.OpenAsync(new BerOfChatOptions { Signaling = new FolderSignaling(folder) }, patience.Token);
await using var bob = await BerOfChatClient.OpenAsync(new BerOfChatOptions { Signaling = new FolderSignaling(folder) }, patience.Token);

Room room = await alice.CreateRoomAsync("weekend", patience.Token);
RoomInvite invite = await room.CreateInviteAsync(cancellationToken: patience.Token);
Room joined = await bob.JoinRoomAsync(RoomInvite.Parse(invite.ToString()), patience.Token);
await room.SendAsync("hello through a folder", patience.Token);
await foreach (RoomMessage message in joined.ReadMessagesAsync(RoomPosition.Start, patience.Token))
{
    Console.WriteLine($"bob read: {message.Text}");
    break;
}
