using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.WebRtc.Tests.Nat;

/// <summary>Sites, and what passes between them, in virtual time. It translates and filters as its NATs do; the same seed and the same calls give the same run.</summary>
internal sealed class VirtualInternet(int seed, LinkConditions conditions)
{
    private static readonly TimeSpan s_inside = TimeSpan.FromMilliseconds(1);

    private readonly Random _random = new(seed);
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _agenda = new();
    private readonly List<Site> _sites = [];
    private long _number;

    public MonotonicTime Now { get; private set; }

    /// <summary>What the way between sites does to datagrams. Streams lose and reorder nothing.</summary>
    public LinkConditions Conditions { get; set; } = conditions;

    /// <summary>Sees every packet as it leaves its host: the site, from, to, bytes.</summary>
    public Action<Site, TransportAddress, TransportAddress, byte[]>? Seen { get; set; }

    public MonotonicTime? NextEvent => _agenda.TryPeek(out _, out (TimeSpan At, long) at) ? new MonotonicTime(at.At) : null;

    public Site Add(Site site)
    {
        _sites.Add(site);
        return site;
    }

    public void Later(TimeSpan delay, Action action) => _agenda.Enqueue(action, (Now.SinceStart + delay, _number++));

    public void MoveTo(MonotonicTime time)
    {
        if (time > Now) Now = time;
    }

    /// <summary>Does the next thing that is due; false when nothing is.</summary>
    public bool TryStep()
    {
        if (NextEvent is not { } next || next > Now) return false;
        _agenda.Dequeue()();
        return true;
    }

    public void SendDatagram(Site site, TransportAddress from, TransportAddress to, byte[] packet)
    {
        Seen?.Invoke(site, from, to, packet);
        if (site.Listeners.ContainsKey(to))
        {
            Later(s_inside, () => Deliver(site, to, from, packet));
            return;
        }

        if (!site.AllowsUdp(from, to) || site.Alter(packet) is not { } altered) return;
        TransportAddress source = site.Nat?.Translate(from, to, Now) ?? from;
        if (_random.NextDouble() < Conditions.Loss) return;
        int copies = _random.NextDouble() < Conditions.Duplication ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            TimeSpan delay = Conditions.Delay + (_random.NextDouble() * Conditions.Jitter);
            if (_random.NextDouble() < Conditions.Reordering) delay += _random.NextDouble() * Conditions.ReorderDelay;
            Later(delay, () => Arrive(site, source, to, altered));
        }
    }

    /// <summary>Whole frames of a stream that is open: nothing is lost or overtaken, and no NAT stands in the way.</summary>
    public void SendOnStream(Site site, TransportAddress from, TransportAddress to, byte[] frame)
    {
        Seen?.Invoke(site, from, to, frame);
        Later(Conditions.Delay, () => _sites.Find(s => s.Streams.ContainsKey(to))?.Streams[to](from, frame));
    }

    private void Arrive(Site origin, TransportAddress from, TransportAddress to, byte[] packet)
    {
        foreach (Site site in _sites)
        {
            if (site.Nat is null) Deliver(site, to, from, packet);
            else if (site.Nat.Outer.Equals(to.ToIPAddress()) && (site != origin || site.Nat.Kind.HasHairpin) && site.Nat.Admit(to, from, Now) is { } inner) Deliver(site, inner, from, packet);
        }
    }

    private static void Deliver(Site site, TransportAddress at, TransportAddress from, byte[] packet)
    {
        if (site.Listeners.TryGetValue(at, out Receive? receive)) receive(from, packet);
    }
}
