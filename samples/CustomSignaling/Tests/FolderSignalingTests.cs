using BerOfChat;
using BerOfChat.Testing.Signaling;

namespace CustomSignaling.Tests;

/// <summary>The contract of every signaling transport, with one transport for each device.</summary>
public sealed class FolderSignalingTests : SignalingTransportContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("folder-signaling-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    protected override ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<ISignalingTransport>(new FolderSignaling(_folder, TimeSpan.FromMilliseconds(20)));
}

/// <summary>What happens when the folder goes away and comes back.</summary>
public sealed class FolderSignalingLossTests : SignalingLossContract, IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("folder-signaling-").FullName;

    private string Folder => Path.Combine(_parent, "shared");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    protected override ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        return ValueTask.FromResult<ISignalingTransport>(new FolderSignaling(Folder, TimeSpan.FromMilliseconds(20)));
    }

    protected override ValueTask LoseLinkAsync(CancellationToken cancellationToken)
    {
        Directory.Delete(Folder, recursive: true);
        return default;
    }

    protected override ValueTask RestoreLinkAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        return default;
    }
}
