using BerOfChat;
using CustomStore;

// A chat whose history lies in two plain files, read again after both have closed.
string folder = args.Length > 0 ? args[0] : Directory.CreateTempSubdirectory("journal-store-").FullName;
using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
Task<BerOfChatClient> OpenAsync(string name) => BerOfChatClient.OpenAsync(
    new BerOfChatOptions
    {
        Signaling = InProcessSignaling.Shared,
        Store = new JournalStore(Path.Combine(folder, name + ".journal")),
        Unlock = Unlock.WithPassword("correct horse"),
    },
    patience.Token);

await using (BerOfChatClient alice = await OpenAsync("alice"))
await using (BerOfChatClient bob = await OpenAsync("bob"))
{
    Room room = await alice.CreateRoomAsync("weekend", patience.Token);
    Room joined = await bob.JoinRoomAsync(await room.CreateInviteAsync(cancellationToken: patience.Token), patience.Token);
    await room.SendAsync("hello into a file", patience.Token);
    await foreach (RoomMessage _ in joined.ReadMessagesAsync(RoomPosition.Start, patience.Token)) break;
}

await using BerOfChatClient again = await OpenAsync("bob");
await foreach (RoomMessage message in again.Rooms[0].ReadHistoryAsync(RoomPosition.Start, patience.Token)) Console.WriteLine($"bob's file has: {message.Text}");
