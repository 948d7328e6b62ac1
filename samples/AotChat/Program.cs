using System.Runtime.CompilerServices;
using BerOfChat;
using Microsoft.Extensions.DependencyInjection;

if (args.Length > 0)
{
    Console.WriteLine("AotChat lets two people chat in one process, by real connections and with two database files, and shows what each of them reads. It takes no arguments.");
    Console.WriteLine("As a native program: dotnet publish samples/AotChat -c Release");
    return args[0] is "--help" or "-h" ? 0 : 2;
}

Console.WriteLine($"native code: {!RuntimeFeature.IsDynamicCodeSupported}");
string directory = Directory.CreateTempSubdirectory("aotchat-").FullName;
try
{
    await using (ServiceProvider services = Build(directory))
    {
        BerOfChatClient alice = await OpenAsync(services, "alice");
        BerOfChatClient bob = await OpenAsync(services, "bob");
        Dictionary<PeerId, string> names = new() { [alice.Id] = "alice", [bob.Id] = "bob" };

        Room created = await alice.CreateRoomAsync("weekend");
        RoomInvite invite = await created.CreateInviteAsync();
        Room joined = await bob.JoinRoomAsync(RoomInvite.Parse(invite.ToString()));

        // Each waits for the other, so that the order is the same in every run.
        await created.SendAsync("hello, bob");
        await ReadAsync(joined, 1);
        await joined.SendAsync("hello, alice");
        await ReadAsync(created, 2);
        await created.SendAsync("this program has no .NET beside it");
        await PrintAsync("alice", created, names);
        await PrintAsync("bob", joined, names);
    }

    Console.WriteLine("opened again");
    await using (ServiceProvider services = Build(directory))
    {
        foreach (string name in (string[])["alice", "bob"])
        {
            BerOfChatClient client = await OpenAsync(services, name);
            Console.WriteLine($"  {name} has {await client.Rooms[0].ReadHistoryAsync(RoomPosition.Start).CountAsync()} messages");
        }
    }

    return 0;
}
finally
{
    Directory.Delete(directory, recursive: true);
}

static ServiceProvider Build(string directory)
{
    var services = new ServiceCollection();
    foreach (string name in (string[])["alice", "bob"])
    {
        services.AddBerOfChat(name)
            .UseSignaling(InProcessSignaling.Shared)
            .UseSqliteStore(Path.Combine(directory, name + ".db"))
            .UnlockWith(Unlock.WithPassword("correct horse battery staple"));
    }

    return services.BuildServiceProvider();
}

static Task<BerOfChatClient> OpenAsync(IServiceProvider services, string name) => services.GetRequiredKeyedService<BerOfChatClientAccessor>(name).GetClientAsync();

static async Task<List<RoomMessage>> ReadAsync(Room room, int count) => await room.ReadMessagesAsync(RoomPosition.Start).Take(count).ToListAsync();

static async Task PrintAsync(string reader, Room room, Dictionary<PeerId, string> names)
{
    Console.WriteLine($"{reader} reads");
    foreach (RoomMessage message in await ReadAsync(room, 3)) Console.WriteLine($"  {names[message.Sender]}: {message.Text}");
}
