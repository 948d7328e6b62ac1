namespace BerOfChat.WebRtc.Sockets;

/// <summary>Runs an application's handlers on the thread pool, one at a time and in order: never on a loop.</summary>
internal sealed class SerialDispatcher
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = [];
    private bool _isRunning;

    public void Post(Action handler)
    {
        lock (_gate)
        {
            _waiting.Enqueue(handler);
            if (_isRunning) return;
            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static self => self.Run(), this, preferLocal: false);
    }

    private void Run()
    {
        while (true)
        {
            Action handler;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out handler!))
                {
                    _isRunning = false;
                    return;
                }
            }

            try
            {
                handler();
            }
            catch (Exception)
            {
                // A handler of the application must not keep the next ones from running; its exception has no caller to go to.
            }
        }
    }
}
