using Microsoft.Extensions.Hosting;

namespace BerOfChat.Hosting;

/// <summary>Opens a client while the host starts and closes it while the host stops.</summary>
internal sealed class ClientHostedService(BerOfChatClientAccessor accessor) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => accessor.GetClientAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => accessor.DisposeAsync().AsTask().WaitAsync(cancellationToken);
}
