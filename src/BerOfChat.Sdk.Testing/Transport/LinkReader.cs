using System.Buffers.Binary;
using Xunit;

namespace BerOfChat.Testing.Transport;

/// <summary>The one reader of a link, and records that tell their lane and number.</summary>
internal sealed class LinkReader(IPeerLink link, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<PeerRecord> _records = link.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    private readonly int[] _next = new int[3];
    private Task<bool> _reading = Task.FromResult(true);

    /// <summary>The next record; null when the link has ended.</summary>
    public async Task<(PeerLane Lane, byte[] Bytes)?> NextAsync()
    {
        _reading = _records.MoveNextAsync().AsTask();
        return await _reading.WaitAsync(cancellationToken) ? (_records.Current.Lane, _records.Current.Payload.ToArray()) : null;
    }

    /// <summary>Reads until the lane has yielded its first <paramref name="count"/> records, each of which must be the next of its lane.</summary>
    public async Task ExpectAsync(PeerLane lane, int count)
    {
        while (_next[(int)lane] < count)
        {
            (PeerLane Lane, byte[] Bytes) record = await NextAsync() ?? throw new InvalidOperationException("The link ended before everything had arrived.");
            int index = _next[(int)record.Lane]++;
            Assert.Equal(Record(record.Lane, index, record.Bytes.Length), record.Bytes);
        }
    }

    /// <summary>Reads until the link has ended.</summary>
    public async Task ExpectEndAsync()
    {
        while (await NextAsync() is not null)
        {
            // What was under way may still come.
        }
    }

    /// <summary>Lets the link be read by another. One that is stuck in a read stays there: the test has failed for that reason and says so.</summary>
    public ValueTask DisposeAsync() => _reading.IsCompleted ? _records.DisposeAsync() : default;

    /// <summary>A record whose bytes all depend on its lane and number.</summary>
    public static byte[] Record(PeerLane lane, int index, int size)
    {
        byte[] record = new byte[size];
        for (int i = 0; i < size; i++) record[i] = unchecked((byte)((index * 31) + (i * 7) + (int)lane));
        if (size >= sizeof(int)) BinaryPrimitives.WriteInt32BigEndian(record, index);
        return record;
    }
}
