using Org.BouncyCastle.Tls;

namespace BerOfChat.WebRtc.Tests.Dtls.BouncyCastle;

/// <summary>The datagrams of one handshake between the connection's thread and the handshake's. A flight's messages are packed into as few datagrams as they need.</summary>
internal sealed class HandshakeTransport(Action wake) : DatagramTransport
{
    private const int MaxDatagram = 1200;
    private const int MaxQueued = 64;
    private const int ReceiveLimit = 4096;
    private const int TimedOut = -1;

    private readonly object _gate = new();
    private readonly Queue<byte[]> _incoming = [];
    private readonly Queue<byte[]> _outgoing = [];
    private readonly List<byte[]> _flight = [];
    private readonly List<byte> _packing = [];
    private bool _isNewFlight;
    private bool _isClosed;

    /// <summary>What was sent since the peer's last message.</summary>
    public IReadOnlyList<byte[]> LastFlight
    {
        get
        {
            lock (_gate) return [.. _flight];
        }
    }

    public void Post(ReadOnlySpan<byte> datagram)
    {
        lock (_gate)
        {
            if (_isClosed || _incoming.Count >= MaxQueued) return;
            _incoming.Enqueue(datagram.ToArray());
            Monitor.PulseAll(_gate);
        }
    }

    public int Take(Span<byte> destination)
    {
        lock (_gate)
        {
            if (!_outgoing.TryDequeue(out byte[]? datagram)) return 0;
            datagram.CopyTo(destination);
            return datagram.Length;
        }
    }

    /// <summary>Puts what is packed on the way.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_packing.Count == 0) return;
            byte[] datagram = [.. _packing];
            _packing.Clear();
            if (_outgoing.Count < MaxQueued) _outgoing.Enqueue(datagram);
            _flight.Add(datagram);
        }

        wake();
    }

    public int GetReceiveLimit() => ReceiveLimit;

    public int GetSendLimit() => MaxDatagram;

    public int Receive(byte[] buf, int off, int len, int waitMillis) => Receive(buf.AsSpan(off, len), waitMillis);

    public int Receive(Span<byte> buffer, int waitMillis)
    {
        Flush();
        lock (_gate)
        {
            long deadline = Environment.TickCount64 + Math.Max(1, waitMillis);
            while (_incoming.Count == 0)
            {
                long left = deadline - Environment.TickCount64;
                if (_isClosed) throw new IOException("The connection was closed during the handshake.");
                if (left <= 0) return TimedOut;
                Monitor.Wait(_gate, (int)left);
            }

            byte[] datagram = _incoming.Dequeue();
            _isNewFlight = true;
            int length = Math.Min(datagram.Length, buffer.Length);
            datagram.AsSpan(0, length).CopyTo(buffer);
            return length;
        }
    }

    public void Send(byte[] buf, int off, int len) => Send(buf.AsSpan(off, len));

    public void Send(ReadOnlySpan<byte> buffer)
    {
        bool full;
        lock (_gate)
        {
            if (_isNewFlight)
            {
                _flight.Clear();
                _isNewFlight = false;
            }

            full = _packing.Count + buffer.Length > MaxDatagram;
        }

        if (full) Flush();
        lock (_gate) _packing.AddRange(buffer);
    }

    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
