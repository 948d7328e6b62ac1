using BerOfChat.Logs;
using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.Rooms;

/// <summary>Who is a member when operations do not know of each other: the same everywhere, in whatever order entries came.</summary>
public sealed class MembershipResolutionTests
{
    private readonly SimulatedAuthor _alice = new(1);
    private readonly SimulatedAuthor _bob = new(2);
    private readonly SimulatedAuthor _carol = new(3);
    private readonly SimulatedAuthor _dave = new(4);

    public static TheoryData<int> ManySeeds => [.. Seeds.Take(100)];

    [Fact]
    public void Of_two_admins_who_remove_each_other_the_senior_stays()
    {
        Meet(RoomRole.Admin);
        _carol.Remove(_bob);
        _bob.Remove(_carol);
        Share();
        Assert.All(Everybody(), author => Assert.True(author.Members.IsAdded(_bob.Account)));
        Assert.All(Everybody(), author => Assert.False(author.Members.IsAdded(_carol.Account)));
    }

    [Fact]
    public void What_a_removed_admin_did_without_knowing_of_it_does_not_count()
    {
        Meet(RoomRole.Admin);
        _alice.Remove(_bob);
        _bob.Add(new SimulatedAuthor(9));
        _bob.Remove(_dave);
        Share();
        Assert.All(Everybody(), author => Assert.Equal(Accounts(_alice, _carol, _dave), author.Members.Accounts.Keys.Order()));
    }

    [Fact]
    public void Whoever_was_let_in_by_a_removed_admin_has_no_role_either()
    {
        Meet(RoomRole.Admin);
        _alice.Remove(_bob);
        var puppet = new SimulatedAuthor(9);
        _bob.Add(puppet, RoomRole.Admin);
        puppet.Join(_bob);
        puppet.Remove(_carol);
        _bob.Learn(puppet);
        Share();
        Assert.All(Everybody(), author => Assert.Equal(Accounts(_alice, _carol, _dave), author.Members.Accounts.Keys.Order()));
    }

    [Fact]
    public void A_removed_admin_who_knows_of_it_can_do_nothing()
    {
        Meet(RoomRole.Admin);
        _alice.Remove(_bob);
        _bob.Learn(_alice);
        LogEntry[] attempts = [_bob.Add(_bob, RoomRole.Admin), _bob.Remove(_carol), _bob.SetRole(_dave, RoomRole.Member), _bob.MakeEpoch(), _bob.Leave()];
        _alice.Learn(_bob);
        Assert.All(attempts, attempt => Assert.True(_alice.IsRefused(attempt)));
        Assert.Equal(Accounts(_alice, _carol, _dave), _alice.Members.Accounts.Keys.Order());
    }

    [Fact]
    public void The_creator_cannot_be_removed_or_demoted_only_leave()
    {
        Meet(RoomRole.Admin);
        LogEntry[] attempts = [_bob.Remove(_alice), _bob.SetRole(_alice, RoomRole.Member)];
        Share();
        Assert.All(attempts, attempt => Assert.True(_alice.IsRefused(attempt)));
        _alice.Leave();
        Share();
        Assert.All(Everybody(), author => Assert.False(author.Members.IsAdded(_alice.Account)));
    }

    [Fact]
    public void Members_who_are_no_admins_change_nothing()
    {
        Meet(RoomRole.Member);
        LogEntry epoch = _alice.MakeEpoch();
        _bob.Learn(_alice);
        LogEntry[] attempts = [_bob.Add(new SimulatedAuthor(9)), _bob.Remove(_carol), _bob.SetRole(_bob, RoomRole.Admin), _bob.Say("mine", epoch, EntryType.Title)];
        _alice.Learn(_bob);
        Assert.All(attempts, attempt => Assert.True(_alice.IsRefused(attempt)));
        Assert.False(_alice.IsRefused(_alice.Say("ours", epoch, EntryType.Title)));
    }

    [Fact]
    public void What_a_removed_member_wrote_before_stands_and_what_it_wrote_meanwhile_is_hidden()
    {
        Meet(RoomRole.Member);
        LogEntry epoch = _alice.MakeEpoch();
        Share();
        LogEntry before = _bob.Say("before", epoch);
        Share();
        _alice.Remove(_bob);
        LogEntry meanwhile = _bob.Say("meanwhile", epoch);
        Share();
        Assert.All(Everybody(), author => Assert.True(author.Shows(before)));
        Assert.All(Everybody(), author => Assert.False(author.Shows(meanwhile)));
    }

    [Fact]
    public void The_highest_head_that_any_remover_names_counts()
    {
        Meet(RoomRole.Admin);
        LogEntry epoch = _alice.MakeEpoch();
        Share();
        _alice.Remove(_dave);
        LogEntry seenByBob = _dave.Say("one", epoch);
        _bob.Learn(_dave);
        _bob.Remove(_dave);
        LogEntry seenByNobody = _dave.Say("two", epoch);
        Share();
        Assert.All(Everybody(), author => Assert.True(author.Shows(seenByBob)));
        Assert.All(Everybody(), author => Assert.False(author.Shows(seenByNobody)));
    }

    [Fact]
    public void A_return_needs_an_ADD_that_knows_of_the_removal_and_a_new_log()
    {
        Meet(RoomRole.Admin);
        _alice.Remove(_dave);
        _bob.Add(_dave);
        Share();
        Assert.False(_carol.Members.IsAdded(_dave.Account));
        _bob.Add(_dave);
        Share();
        Assert.True(_carol.Members.IsAdded(_dave.Account));
        Assert.DoesNotContain(_dave.Log, _carol.Members.Logs);
        Assert.True(_dave.IsRefused(_dave.MakeEpoch()));

        var again = new SimulatedAuthor(44, _dave.Identity);
        again.Join(_carol);
        LogEntry epoch = again.MakeEpoch();
        _carol.Learn(again);
        Assert.Contains(again.Log, _carol.Members.Logs);
        Assert.False(_carol.IsRefused(epoch));
    }

    [Fact]
    public void A_second_device_of_the_creator_joins_only_in_knowledge_of_the_room_whatever_comes_first()
    {
        LogEntry create = _alice.CreateRoom();
        using var own = new OwnLog(new byte[32]);
        LogEntry join = new EntryWriter(_alice.Identity, own, new SeededRandomSource(3)).WriteJoin(new RoomTimeline(create.Hash), 1_728_000_000_000);

        foreach (LogEntry[] order in new LogEntry[][] { [create, join], [join, create] })
        {
            var timeline = new RoomTimeline(create.Hash);
            foreach (LogEntry entry in order)
            {
                Assert.True(timeline.IsWellFormed(entry, out AuthorProof? author));
                timeline.Append(entry, author);
                timeline.ApplyReady();
            }

            Assert.Single(timeline.Membership.Logs);
        }
    }

    [Fact]
    public void A_message_for_somebody_who_is_out_is_shown_and_flagged()
    {
        Meet(RoomRole.Member);
        LogEntry epoch = _alice.MakeEpoch();
        Share();
        _alice.Remove(_dave);
        _bob.Learn(_alice);
        LogEntry careless = _bob.Say("psst", epoch);
        _alice.Learn(_bob);
        Assert.True(_alice.Shows(careless));
        Assert.True(_alice.Timeline.Find(_bob.Log)!.Applied[^1].IsExposed);
        Assert.False(_alice.Timeline.Find(_bob.Log)!.Applied[^2].IsExposed);
    }

    [Theory]
    [MemberData(nameof(ManySeeds))]
    public void Replicas_with_the_same_entries_agree_in_whatever_order_these_came(int seed)
    {
        var chance = new Random(seed);
        Meet(chance.Next(2) == 0 ? RoomRole.Admin : RoomRole.Member);
        List<SimulatedAuthor> authors = [.. Everybody()];
        List<LogEntry> epochs = [_alice.MakeEpoch()];
        for (int i = 0; i < 40; i++)
        {
            SimulatedAuthor author = authors[chance.Next(authors.Count)];
            SimulatedAuthor other = authors[chance.Next(authors.Count)];
            switch (chance.Next(10))
            {
                case 0:
                    author.Remove(other);
                    break;
                case 1:
                    author.Add(other, (RoomRole)chance.Next(1, 3));
                    break;
                case 2:
                    author.SetRole(other, (RoomRole)chance.Next(1, 3));
                    break;
                case 3 when chance.Next(3) == 0:
                    author.Leave();
                    break;
                case 4:
                    epochs.Add(author.MakeEpoch());
                    break;
                case 5:
                    author.Say("text", epochs[chance.Next(epochs.Count)]);
                    break;
                case 6 when authors.Count < 9:
                    var again = new SimulatedAuthor((seed * 100) + i, other.Identity);
                    again.Join(author);
                    authors.Add(again);
                    break;
                default:
                    author.Learn(other);
                    break;
            }
        }

        foreach (SimulatedAuthor author in authors) authors[0].Learn(author);
        string expected = Describe(authors[0].Timeline);
        for (int i = 0; i < 4; i++)
        {
            var timeline = new RoomTimeline(authors[0].Timeline.Room);
            List<Queue<LogEntry>> logs = [.. authors[0].Timeline.Logs.Select(log => new Queue<LogEntry>(log.Entries))];
            while (logs.Count > 0)
            {
                int at = chance.Next(logs.Count);
                LogEntry entry = logs[at].Dequeue();
                if (logs[at].Count == 0) logs.RemoveAt(at);
                Assert.True(timeline.IsWellFormed(entry, out AuthorProof? author));
                timeline.Append(entry, author);
                if (chance.Next(3) == 0) timeline.ApplyReady();
            }

            timeline.ApplyReady();
            string[] differences = [.. Describe(timeline).Split('\n').Except(expected.Split('\n'))];
            Assert.True(expected == Describe(timeline), $"Replicas disagree; replay with {Seeds.Variable}={seed}: {string.Join('\n', differences)}");
        }
    }

    private static string Describe(RoomTimeline timeline) => string.Join('\n',
        timeline.Membership.Accounts.OrderBy(account => account.Key).Select(account => $"{account.Key} {account.Value.Role} {account.Value.Add.Hash}")
            .Concat(timeline.Membership.Logs.Order().Select(log => $"in {log}"))
            .Concat(timeline.Membership.Cutoffs.OrderBy(cutoff => cutoff.Key).Select(cutoff => $"until {cutoff}"))
            .Concat(timeline.Epochs.Values.OrderBy(epoch => epoch.Id).Select(epoch => $"epoch {epoch.Id} {string.Join(' ', epoch.Recipients.Order())}"))
            .Concat(timeline.Logs.SelectMany(log => log.Applied).Select(entry => $"{entry.Entry.Hash} {entry.Order} {entry.IsRefused} {entry.IsExposed}")));

    private static IEnumerable<Bytes32> Accounts(params SimulatedAuthor[] authors) => authors.Select(author => author.Account).Order();

    private IEnumerable<SimulatedAuthor> Everybody() => [_alice, _bob, _carol, _dave];

    /// <summary>A room of four in which everybody knows everything.</summary>
    private void Meet(RoomRole role)
    {
        _alice.CreateRoom();
        foreach (SimulatedAuthor author in new[] { _bob, _carol, _dave })
        {
            _alice.Add(author, role);
            author.Join(_alice);
            _alice.Learn(author);
        }

        Share();
    }

    private void Share()
    {
        for (int round = 0; round < 2; round++)
            foreach (SimulatedAuthor author in Everybody())
                foreach (SimulatedAuthor other in Everybody()) author.Learn(other);
    }
}
