using BerOfChat.Primitives;

namespace BerOfChat.Client;

/// <summary>One attempt at a time for each device that is called, through whatever room it was found.</summary>
internal sealed class AttemptTurns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Bytes32, Turn> _turns = [];

    /// <summary>Waits until no other attempt with the device runs. Dispose the result when this one is over.</summary>
    /// <exception cref="OperationCanceledException">The attempt was over before its turn came.</exception>
    public async Task<IDisposable> TakeAsync(Bytes32 device, CancellationToken cancellationToken)
    {
        Turn? turn;
        lock (_lock)
        {
            if (!_turns.TryGetValue(device, out turn)) _turns.Add(device, turn = new Turn(this, device));
            turn.Users++;
        }

        try
        {
            await turn.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Holder(turn);
        }
        catch
        {
            Leave(turn);
            throw;
        }
    }

    private void Leave(Turn turn)
    {
        lock (_lock)
        {
            if (--turn.Users > 0) return;
            _turns.Remove(turn.Device);
        }

        turn.Gate.Dispose();
    }

    private sealed class Turn(AttemptTurns owner, Bytes32 device)
    {
        public AttemptTurns Owner => owner;

        public Bytes32 Device => device;

        public SemaphoreSlim Gate { get; } = new(1);

        public int Users { get; set; }
    }

    private sealed class Holder(Turn turn) : IDisposable
    {
        private Turn? _turn = turn;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _turn, null) is not { } held) return;
            held.Gate.Release();
            held.Owner.Leave(held);
        }
    }
}
