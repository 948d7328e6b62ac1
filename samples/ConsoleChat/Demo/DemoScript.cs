using System.Diagnostics;
using BerOfChat;

namespace ConsoleChat.Demo;

/// <summary>What happens: everybody joins and writes, one is torn down in the middle while the others go on, comes back, and all have everything.</summary>
internal sealed class DemoScript(string directory, int count)
{
    public const int MessagesEach = 100;

    private readonly Timeline _timeline = new();
    private readonly List<TimeSpan> _latencies = [];

    public async Task<DemoResult> RunAsync(CancellationToken cancellationToken)
    {
        await using EmbeddedSignaling signaling = await EmbeddedSignaling.StartAsync(null, withPrivateAddresses: false, cancellationToken);
        DemoPerson[] people = [.. s_names.Take(count).Select(name => new DemoPerson(name, directory, signaling.Addresses[0]))];
        try
        {
            foreach (DemoPerson person in people) await person.OpenAsync(cancellationToken);
            TimeSpan connectTime = await GatherAsync(people, cancellationToken);
            await TalkAsync(people, cancellationToken);
            PeerLinkStatistics link = people[1].Client.GetConnections()[0].Statistics.Link;
            await InterruptAsync(people, cancellationToken);
            foreach (DemoPerson person in people) await person.CloseAsync();

            DemoCount counted = await DemoCount.TakeAsync(people, MessagesEach, cancellationToken);
            _timeline.Mark("counted", $"{count} new clients have read the {count} files");
            _latencies.Sort();
            return new DemoResult(
                counted.Messages, counted.Files.Sum(file => file.Lost), counted.Files.Sum(file => file.Duplicated), (int)connectTime.TotalMilliseconds,
                (int)_latencies[_latencies.Count / 2].TotalMicroseconds, link.LocalCandidateType ?? "", link.RemoteCandidateType ?? "", link.CipherSuite ?? "",
                counted.SameOrder, counted.Files);
        }
        finally
        {
            foreach (DemoPerson person in people) await person.DisposeAsync();
        }
    }

    /// <summary>The first makes a room, the others join. Returns how long the first of them took from the invitation to the session.</summary>
    private async Task<TimeSpan> GatherAsync(DemoPerson[] people, CancellationToken cancellationToken)
    {
        (DemoPerson host, DemoPerson guest) = (people[0], people[1]);
        host.Enter(await host.Client.CreateRoomAsync("demo", cancellationToken));
        RoomInvite invite = await host.Room.CreateInviteAsync(new RoomInviteOptions { Uses = count - 1 }, cancellationToken);
        _timeline.Mark("open", $"{NamesOf(people)} open their profiles; {host.Name}'s room and invitation are durable");

        long start = Stopwatch.GetTimestamp();
        var connected = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        guest.Client.ConnectionProgress += (_, e) =>
        {
            if (e.Stage == ConnectionStage.Session) connected.TrySetResult(Stopwatch.GetElapsedTime(start));
        };
        EventHandler<ConnectionProgressEventArgs> report = _timeline.ReportFirst();
        guest.Client.ConnectionProgress += report;
        guest.Enter(await guest.Client.JoinRoomAsync(invite, cancellationToken));
        TimeSpan connectTime = await connected.Task.WaitAsync(cancellationToken);
        guest.Client.ConnectionProgress -= report;
        _timeline.Mark("joined", $"{guest.Name} is in the room");

        foreach (DemoPerson person in people[2..])
        {
            person.Enter(await person.Client.JoinRoomAsync(invite, cancellationToken));
            _timeline.Mark("joined", $"{person.Name} is in the room");
        }

        foreach (DemoPerson person in people) await person.WaitForEverybodyAsync(count, cancellationToken);
        if (count > 2) _timeline.Mark("mesh", $"everybody is connected with everybody: {count * (count - 1) / 2} sessions");
        return connectTime;
    }

    /// <summary>Half of the messages, one at a time.</summary>
    private async Task TalkAsync(DemoPerson[] people, CancellationToken cancellationToken)
    {
        for (int i = 1; i <= MessagesEach / 2; i++)
        {
            foreach (DemoPerson person in people)
            {
                _latencies.Add(await person.TellAsync(people, i, cancellationToken));
                if (_latencies.Count == 1) _timeline.Mark("first message", $"{person.Name} wrote it, {NamesOf(people[1..])} {(count == 2 ? "has" : "have")} it");
            }
        }

        _timeline.Mark("talk", $"{_latencies.Count} messages, the next one when everybody has the one before");
    }

    /// <summary>The other half, as fast as they can, while one is gone.</summary>
    private async Task InterruptAsync(DemoPerson[] people, CancellationToken cancellationToken)
    {
        DemoPerson victim = people[1];
        DemoPerson[] others = [people[0], .. people[2..]];
        await victim.CloseAsync();
        _timeline.Mark("cut", $"{victim.Name} is torn down; {NamesOf(others)} {(count == 2 ? "goes" : "go")} on writing");
        foreach (DemoPerson person in others) await person.WriteRestAsync(cancellationToken);

        await victim.OpenAsync(cancellationToken);
        EventHandler<ConnectionProgressEventArgs> report = _timeline.ReportFirst();
        victim.Client.ConnectionProgress += report;
        await victim.WriteRestAsync(cancellationToken);
        foreach (DemoPerson person in others) await victim.WaitForAsync(person, cancellationToken);
        victim.Client.ConnectionProgress -= report;
        _timeline.Mark("restored", $"{victim.Name} has what {NamesOf(others)} wrote meanwhile");
        foreach (DemoPerson person in others)
        {
            foreach (DemoPerson author in people) await person.WaitForAsync(author, cancellationToken);
        }

        _timeline.Mark("parity", $"{(count == 2 ? "both" : "all")} have everything");
    }

    private static string NamesOf(DemoPerson[] people) =>
        people.Length == 1 ? people[0].Name : $"{string.Join(", ", people[..^1].Select(person => person.Name))} and {people[^1].Name}";

    private static readonly string[] s_names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
}
