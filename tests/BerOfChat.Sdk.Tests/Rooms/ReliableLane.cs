using System.Buffers.Binary;
using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.Rooms;

/// <summary>A session between two replicas over a simulated network: loses nothing and keeps order by repeating, as the real lanes below a session do.</summary>
internal sealed class ReliableLane(SimulatedLink link)
{
    private readonly List<byte[]>[] _sent = [[], []];
    private readonly int[] _acknowledged = new int[2];
    private readonly int[] _expected = new int[2];
    private readonly MonotonicTime[] _repeatAt = new MonotonicTime[2];

    public bool HasUnacknowledged => _acknowledged[0] < _sent[0].Count || _acknowledged[1] < _sent[1].Count;

    public MonotonicTime? NextTimeout
    {
        get
        {
            MonotonicTime? next = link.NextArrival;
            for (int end = 0; end < 2; end++)
            {
                if (_acknowledged[end] < _sent[end].Count) next = MonotonicTime.Earliest(next, _repeatAt[end]);
            }

            return next;
        }
    }

    public void Send(LinkEnd from, byte[] message, MonotonicTime now)
    {
        List<byte[]> sent = _sent[(int)from];
        sent.Add(message);
        Transmit(from, sent.Count - 1, now);
        _repeatAt[(int)from] = now + s_repeatInterval;
    }

    /// <summary>Takes every message that has arrived in order at this end, and repeats what was not acknowledged.</summary>
    public IEnumerable<byte[]> Receive(LinkEnd at, MonotonicTime now)
    {
        List<byte[]> messages = [];
        while (link.TryReceive(at, now, out byte[] packet))
        {
            int number = BinaryPrimitives.ReadInt32BigEndian(packet);
            if (packet.Length == sizeof(int))
            {
                _acknowledged[(int)at] = Math.Max(_acknowledged[(int)at], number);
                continue;
            }

            if (number == _expected[(int)at])
            {
                _expected[(int)at]++;
                messages.Add(packet[sizeof(int)..]);
            }

            byte[] acknowledgement = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(acknowledgement, _expected[(int)at]);
            link.Send(at, acknowledgement, now);
        }

        if (_acknowledged[(int)at] < _sent[(int)at].Count && _repeatAt[(int)at] <= now)
        {
            for (int i = _acknowledged[(int)at]; i < Math.Min(_sent[(int)at].Count, _acknowledged[(int)at] + 8); i++) Transmit(at, i, now);
            _repeatAt[(int)at] = now + s_repeatInterval;
        }

        return messages;
    }

    private void Transmit(LinkEnd from, int number, MonotonicTime now)
    {
        byte[] message = _sent[(int)from][number];
        byte[] packet = new byte[sizeof(int) + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, number);
        message.CopyTo(packet, sizeof(int));
        link.Send(from, packet, now);
    }

    private static readonly TimeSpan s_repeatInterval = TimeSpan.FromMilliseconds(300);
}
