using System.Net;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>Somebody who sees every datagram and sends from any address, but has no key.</summary>
public sealed class StrangerTests
{
    private const string Label = "ordered";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private static readonly TransportAddress s_stranger = TransportAddress.From(IPAddress.Parse("198.51.100.66"), 666);
    private readonly CoreWorld _world = new(seed: 3, new LinkConditions { Delay = TimeSpan.FromMilliseconds(20) });
    private readonly List<(CoreEnd From, TransportAddress Source, TransportAddress To, byte[] Datagram)> _seen = [];

    public StrangerTests()
    {
        foreach (CoreEnd end in (CoreEnd[])[_world.A, _world.B]) end.Core.Channels.Open(Label, "", isOrdered: true, negotiatedId: 0);
        _world.Seen = (end, source, to, datagram) => _seen.Add((end, source, to, datagram));
        _world.Negotiate();
        Assert.True(_world.RunUntil(() => _world.A.Channels.Count == 1 && _world.B.Channels.Count == 1, s_patience));
        _world.RunUntil(() => false, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_record_counts_only_where_it_comes_from_and_only_once()
    {
        LinkConditions before = _world.Conditions;
        _world.Conditions = before with { Loss = 1 };
        Say(_world.A);
        _world.RunUntil(() => false, TimeSpan.Zero);
        (CoreEnd _, TransportAddress source, TransportAddress to, byte[] record) = _seen.Last(s => s.From == _world.A && DtlsRecordHeader.LooksLikeDtls(s.Datagram));
        _world.Conditions = before;

        long dropped = _world.B.Core.DroppedDatagrams;
        _world.Inject(s_stranger, to, record);
        Assert.Equal(dropped + 1, _world.B.Core.DroppedDatagrams);
        Assert.Empty(_world.B.ReceivedOn(Label));
        for (int i = 0; i < 5; i++) _world.Inject(source, to, record);
        _world.RunUntil(() => false, TimeSpan.FromSeconds(5));
        Assert.Single(_world.B.ReceivedOn(Label));
        Assert.DoesNotContain(_seen, s => s.To == s_stranger);
    }

    [Fact]
    public void Checks_repeated_from_elsewhere_bring_checks_there_and_never_data()
    {
        (CoreEnd From, TransportAddress Source, TransportAddress To, byte[] Datagram)[] checks = [.. _seen.Where(s => StunMessage.LooksLikeStun(s.Datagram))];
        for (int round = 0; round < 20; round++)
        {
            foreach ((CoreEnd _, TransportAddress _, TransportAddress to, byte[] datagram) in checks) _world.Inject(s_stranger, to, datagram);
            Say(_world.A);
            Say(_world.B);
            _world.RunUntil(() => false, TimeSpan.FromMilliseconds(500));
        }

        Assert.Equal(20, _world.B.ReceivedOn(Label).Count);
        Assert.Equal(20, _world.A.ReceivedOn(Label).Count);
        byte[][] reflected = [.. _seen.Where(s => s.To == s_stranger).Select(s => s.Datagram)];
        Assert.All(reflected, d => Assert.True(StunMessage.LooksLikeStun(d)));
        // Each is answered at most once, and there are a few checks of our own.
        Assert.InRange(reflected.Length, 0, (20 * checks.Length) + 60);
        Assert.InRange(reflected.Sum(d => d.Length), 0, 2 * 20 * checks.Sum(c => c.Datagram.Length));
    }

    [Fact]
    public void Everything_that_was_ever_said_may_be_said_again_by_anybody_and_changes_nothing()
    {
        for (int i = 0; i < 10; i++)
        {
            Say(_world.A);
            Say(_world.B);
        }

        _world.RunUntil(() => false, TimeSpan.FromSeconds(2));
        Random random = new(1);
        (CoreEnd From, TransportAddress Source, TransportAddress To, byte[] Datagram)[] all = [.. _seen];
        for (int i = 0; i < 5000; i++)
        {
            (CoreEnd _, TransportAddress source, TransportAddress to, byte[] datagram) = all[random.Next(all.Length)];
            _world.Inject(random.Next(2) == 0 ? source : s_stranger, to, datagram);
            if (i % 50 == 0) _world.RunUntil(() => false, TimeSpan.FromMilliseconds(100));
        }

        Say(_world.A);
        Say(_world.B);
        _world.RunUntil(() => false, TimeSpan.FromSeconds(2));
        Assert.Equal(11, _world.B.ReceivedOn(Label).Count);
        Assert.Equal(11, _world.A.ReceivedOn(Label).Count);
        Assert.Equal((PeerConnectionState.Connected, PeerConnectionState.Connected), (_world.A.Core.State, _world.B.Core.State));
        Assert.All(_seen.Where(s => s.To == s_stranger), s => Assert.True(StunMessage.LooksLikeStun(s.Datagram)));
    }

    private static void Say(CoreEnd end)
    {
        byte[] message = BitConverter.GetBytes((long)end.SentOn(Label).Count);
        Assert.Equal(DataChannelSendStatus.Accepted, end.Core.Channels.Send(end.Channels[Label], DataChannelMessageKind.Binary, message));
        end.NoteSent(Label, message);
    }
}
