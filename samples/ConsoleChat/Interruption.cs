using System.Runtime.InteropServices;

namespace ConsoleChat;

/// <summary>Ctrl+C, or the system's wish that the program ends: what runs is cancelled and may leave properly. Whoever asks twice is not asked to wait.</summary>
/// <remarks>System.CommandLine listens only once the command has begun, and a question may be there before: Ctrl+C then ended the program on the spot.</remarks>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    public CancellationToken Token => _requested.Token;

    /// <summary>Waits for the end of what runs, and after an interruption only so long.</summary>
    public async Task<int> WaitAsync(Task<int> run, TimeSpan limit)
    {
        Task overdue = Task.Delay(Timeout.Infinite, Token).ContinueWith(_ => Task.Delay(limit), TaskScheduler.Default).Unwrap();
        return await Task.WhenAny(run, overdue).ConfigureAwait(false) == run ? await run.ConfigureAwait(false) : InterruptedExitCode;
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _requested.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = !_requested.IsCancellationRequested;
        _ = _requested.CancelAsync();
    }

    private const int InterruptedExitCode = 130;
}
