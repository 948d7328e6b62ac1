using BerOfChat.Simulation;
using BerOfChat.WebRtc.Turn;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>What holds whatever the owner asks for and the server does.</summary>
public sealed class TurnPropertyTests
{
    private const int Steps = 60;

    [Fact]
    public void Whatever_the_owner_asks_for_and_the_server_does_the_client_knows_where_it_stands()
    {
        HashSet<TurnFailureKind> failures = [];
        foreach (int seed in Seeds.Take(300, 20_000))
        {
            Random random = new(seed);
            string password = "0";
            TurnServerModelOptions options = new() { FindPassword = (_, _) => password, NonceLifetime = TimeSpan.FromMinutes(3) };
            TurnWorld world = new(options, LinkConditions.Rough(seed, TimeSpan.FromMilliseconds(200)), seed);
            TurnWorldClient client = world.AddClient(options: TurnWorld.Credentials("0") with { MaxRedirections = 1 });
            for (int step = 0; step < Steps; step++)
            {
                Act(world, client, options, ref password, random);
                world.RunFor(random.NextDouble() * TimeSpan.FromMinutes(random.Next(4) == 0 ? 12 : 0.1));
                if (client.Core.Failure is { } failure) failures.Add(failure.Kind);
                Check(world, client, $"seed {seed}, step {step}");
            }

            client.Core.Close(world.Now);
            world.RunFor(TimeSpan.FromMinutes(1));
            Assert.True(client.Core.State == TurnState.Closed && client.Core.NextTimeout is null, $"seed {seed}: {client.Core.State}");
        }

        // Otherwise the chances above are too small to say anything.
        foreach (TurnFailureKind kind in (TurnFailureKind[])[TurnFailureKind.AllocationLost, TurnFailureKind.CredentialsRefused, TurnFailureKind.TooManyRedirections, TurnFailureKind.Timeout, TurnFailureKind.QuotaReached])
            Assert.True(failures.Contains(kind), $"Nothing failed with {kind}.");
    }

    private static void Act(TurnWorld world, TurnWorldClient client, TurnServerModelOptions options, ref string password, Random random)
    {
        TransportAddress peer = TurnWorld.Address($"192.0.2.{100 + random.Next(5)}", 6000 + random.Next(3));
        switch (random.Next(16))
        {
            case 0 or 1 or 2 when client.Core.State is TurnState.Idle or TurnState.Failed:
                client.Core.Allocate(world.Now);
                break;
            case <= 4:
                client.Core.Permit(peer, world.Now);
                break;
            case 5:
                client.Core.Bind(peer, world.Now);
                break;
            case 6:
                client.Core.Doubt(world.Now);
                break;
            case <= 9:
                client.Core.UpdateCredentials(TurnServerModelOptions.DefaultUsername, random.Next(8) == 0 ? "a\tb" : password, world.Now);
                break;
            case 10:
                password = $"{random.Next(100)}";
                break;
            case 11:
                world.Server.Restart();
                break;
            case 12:
                world.Loses = random.Next(2) == 0 ? null : (_, _, _) => true;
                break;
            case 13:
                world.Server.Options = options with { AlternateServer = TurnWorld.ServerAddress };
                break;
            case 14:
                int code = new[] { 400, 403, 437, 438, 441, 486, 500, 508 }[random.Next(8)];
                world.Server.Options = options with { Refuse = _ => code };
                break;
            default:
                (world.Server.Options, world.Loses) = (options, null);
                break;
        }
    }

    private static void Check(TurnWorld world, TurnWorldClient client, string where)
    {
        TurnClient core = client.Core;
        Assert.True(core.Failure is not null == (core.State == TurnState.Failed), $"{where}: {core.State} {core.Failure}");
        Assert.True(core.RelayedAddress is not null == (core.State == TurnState.Allocated), $"{where}: {core.State} {core.RelayedAddress}");
        Assert.True(core.State is not (TurnState.Idle or TurnState.Failed) || core.NextTimeout is null, $"{where}: {core.State} waits for {core.NextTimeout}");
        Assert.True(core.State is not (TurnState.Allocating or TurnState.Allocated) || core.NextTimeout > world.Now, $"{where}: {core.State} waits for {core.NextTimeout} at {world.Now}");

        if (core.State == TurnState.Allocated) return;
        Assert.False(world.Send(client, TurnWorld.Address("192.0.2.100", 6000), [1]), where);
    }
}
