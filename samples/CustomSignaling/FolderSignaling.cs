using System.Runtime.CompilerServices;
using BerOfChat;

namespace CustomSignaling;

/// <summary>Signaling through a folder that all devices can write to: a network share, a synchronised folder, a memory stick.</summary>
/// <remarks>An envelope is a file in the folder of its topic. It appears whole, by renaming, and its author removes it after a minute.</remarks>
public sealed class FolderSignaling(string root, TimeSpan? pollInterval = null) : ISignalingTransport
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(1);

    private readonly TimeSpan _pollInterval = pollInterval ?? TimeSpan.FromMilliseconds(200);

    public ValueTask<ISignalingTopic> JoinAsync(SignalingTopicId topic, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // The root is not created here: a share that is not mounted would become a local folder where nobody else looks.
        if (!Directory.Exists(root)) throw Unavailable(null);
        try
        {
            string folder = Directory.CreateDirectory(Path.Combine(root, topic.ToString())).FullName;
            foreach (string old in Directory.EnumerateFiles(folder).Where(IsOutdated)) File.Delete(old);
            return ValueTask.FromResult<ISignalingTopic>(new Topic(folder, _pollInterval));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(e);
        }
    }

    private static bool IsOutdated(string file) => DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > s_lifetime;

    private static BerOfChatException Unavailable(Exception? cause) =>
        new(BerOfChatErrorCode.SignalingUnavailable, "The shared folder is not there. Is it mounted?", isTransient: true, cause);

    private sealed class Topic : ISignalingTopic
    {
        private readonly string _folder;
        private readonly TimeSpan _pollInterval;
        private readonly CancellationTokenSource _left = new();
        private readonly HashSet<string> _known;    // files that were there before, were read, or are our own

        public Topic(string folder, TimeSpan pollInterval)
        {
            _folder = folder;
            _pollInterval = pollInterval;
            _known = [.. Directory.EnumerateFiles(folder)];
        }

        public async ValueTask PublishAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default)
        {
            if (envelope.Length is 0 or > ISignalingTopic.MaxEnvelopeSize) throw new ArgumentException("An envelope has 1 to 65,536 bytes.", nameof(envelope));
            cancellationToken.ThrowIfCancellationRequested();
            if (_left.IsCancellationRequested) throw new BerOfChatException(BerOfChatErrorCode.Closed, "This topic was left.");
            string file = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
            try
            {
                lock (_known) _known.Add(file + ".envelope");
                await File.WriteAllBytesAsync(file + ".part", envelope, cancellationToken);
                File.Move(file + ".part", file + ".envelope");
                _ = RemoveLaterAsync(file + ".envelope");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unavailable(e);
            }
        }

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            while (!_left.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (ReadNew() is not { } envelopes) yield break;    // the folder is gone: the stream ends, and the SDK joins again
                foreach (byte[] envelope in envelopes) yield return envelope;
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _left.Token);
                await Task.Delay(_pollInterval, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        public ValueTask DisposeAsync() => new(_left.CancelAsync());

        private List<byte[]>? ReadNew()
        {
            try
            {
                List<byte[]> envelopes = [];
                foreach (string file in Directory.EnumerateFiles(_folder, "*.envelope"))
                {
                    lock (_known)
                    {
                        if (!_known.Add(file)) continue;
                    }

                    if (Read(file) is { Length: > 0 and <= ISignalingTopic.MaxEnvelopeSize } envelope) envelopes.Add(envelope);
                }

                return envelopes;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        private static byte[]? Read(string file)
        {
            try
            {
                return new FileInfo(file).Length <= ISignalingTopic.MaxEnvelopeSize ? File.ReadAllBytes(file) : null;
            }
            catch (FileNotFoundException)
            {
                return null;    // its author has removed it just now
            }
        }

        private async Task RemoveLaterAsync(string file)
        {
            await Task.Delay(s_lifetime, _left.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Whoever joins next removes it.
            }
        }
    }
}
