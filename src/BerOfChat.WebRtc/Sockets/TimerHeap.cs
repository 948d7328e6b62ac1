using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>Whose timeout comes first. Timeouts mostly move to later with each packet: that costs nothing here, as a seat is moved only once its old alarm has come.</summary>
internal sealed class TimerHeap
{
    private readonly List<LoopSeat> _heap = [];

    public int Count => _heap.Count;

    /// <summary>When <see cref="TryTakeDue"/> wants to be called; no timeout is sooner.</summary>
    public MonotonicTime? Next => _heap.Count > 0 ? _heap[0].Alarm : null;

    /// <summary>The timeout of a seat's client may have changed.</summary>
    public void Update(LoopSeat seat)
    {
        if (seat.Client.NextTimeout is not { } timeout || (seat.AlarmIndex >= 0 && seat.Alarm <= timeout)) return;
        seat.Alarm = timeout;
        if (seat.AlarmIndex < 0)
        {
            seat.AlarmIndex = _heap.Count;
            _heap.Add(seat);
        }

        Rise(seat);
    }

    /// <summary>Takes out one whose timeout has come. Call <see cref="Update"/> after its turn.</summary>
    public bool TryTakeDue(MonotonicTime now, out LoopSeat? seat)
    {
        while (_heap.Count > 0 && _heap[0].Alarm <= now)
        {
            seat = _heap[0];
            MonotonicTime? timeout = seat.Client.NextTimeout;
            if (timeout > now)
            {
                seat.Alarm = timeout.Value;
                Sink(seat);
                continue;
            }

            Remove(seat);
            if (timeout is not null) return true;
        }

        seat = null;
        return false;
    }

    public void Remove(LoopSeat seat)
    {
        int index = seat.AlarmIndex;
        if (index < 0) return;
        seat.AlarmIndex = -1;
        LoopSeat last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (last == seat) return;
        Put(last, index);
        Rise(last);
        Sink(last);
    }

    private void Rise(LoopSeat seat)
    {
        int index = seat.AlarmIndex;
        for (int parent; index > 0 && seat.Alarm < _heap[parent = (index - 1) / 2].Alarm; index = parent) Put(_heap[parent], index);
        Put(seat, index);
    }

    private void Sink(LoopSeat seat)
    {
        int index = seat.AlarmIndex;
        while (true)
        {
            int child = (2 * index) + 1;
            if (child >= _heap.Count) break;
            if (child + 1 < _heap.Count && _heap[child + 1].Alarm < _heap[child].Alarm) child++;
            if (seat.Alarm <= _heap[child].Alarm) break;
            Put(_heap[child], index);
            index = child;
        }

        Put(seat, index);
    }

    private void Put(LoopSeat seat, int index)
    {
        _heap[index] = seat;
        seat.AlarmIndex = index;
    }
}
