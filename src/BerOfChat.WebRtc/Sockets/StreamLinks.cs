using BerOfChat.Primitives;
using BerOfChat.WebRtc.Connection;

namespace BerOfChat.WebRtc.Sockets;

/// <summary>The stream links of one connection, and the numbers by which its core knows them. On the loop's thread, but for what the links report themselves.</summary>
/// <param name="options">How links are made.</param>
/// <param name="post">Runs an action on the loop, in order; from any thread.</param>
/// <param name="requestTurn">Gives the connection a turn; from any thread.</param>
internal sealed class StreamLinks(StreamLinkOptions options, Action<Action<MonotonicTime>> post, Action requestTurn) : IStreamLinkObserver, IDisposable
{
    /// <summary>Sockets have lower numbers, allocations at relays higher ones.</summary>
    public const int FirstId = 500;

    /// <summary>So many links a connection may have.</summary>
    public const int MaxLinks = 64;

    /// <summary>No link's number.</summary>
    public const int None = -1;

    private readonly List<StreamLink> _links = [];
    private readonly List<Reports> _reports = [];
    private int _mayHaveFrames;

    /// <summary>Ends when all links have told the servers what they had to tell, after a moment at most.</summary>
    public Task Ended => Task.WhenAll(_links.Select(link => link.Ended));

    /// <summary>Whether a number is a link's.</summary>
    public static bool IsLink(int id) => id >= FirstId && id < FirstId + MaxLinks;

    /// <summary>Begins to connect to a server.</summary>
    /// <param name="server">The server.</param>
    /// <param name="onOpened">The link is there; called on the loop with its number.</param>
    /// <param name="onClosed">It could not be made, or is gone; called on the loop once, after its last frame.</param>
    /// <returns>Its number; <see cref="None"/> when a connection has had too many, which <paramref name="onClosed"/> is told.</returns>
    public int Open(StreamServer server, Action<int, MonotonicTime> onOpened, Action<StreamLinkFailure, MonotonicTime> onClosed)
    {
        if (_links.Count == MaxLinks)
        {
            post(now => onClosed(s_tooMany, now));
            return None;
        }

        _reports.Add(new Reports(onOpened, onClosed));
        StreamLink link = StreamLink.Open(FirstId + _links.Count, server, options, this);
        _links.Add(link);
        return link.Id;
    }

    /// <summary>Closes a link; nothing more is heard of it.</summary>
    public void Close(int linkId)
    {
        if (linkId == None) return;
        _reports[linkId - FirstId] = s_silence;
        _links[linkId - FirstId].Dispose();
    }

    /// <summary>Sends whole frames of one size, of which the last may be shorter.</summary>
    public void Send(int linkId, ReadOnlySpan<byte> frames, int frameSize) => _links[linkId - FirstId].Send(frames, frameSize);

    /// <summary>Hands frames to the core, until there are no more or it was enough for a turn.</summary>
    /// <returns>How many bytes they had; when that is <paramref name="maxBytes"/> or more there may be others.</returns>
    public int Receive(PeerConnectionCore core, Span<byte> buffer, int maxBytes, MonotonicTime now)
    {
        int received = 0;
        if (Interlocked.Exchange(ref _mayHaveFrames, 0) == 0) return received;
        foreach (StreamLink link in _links)
        {
            while (received < maxBytes && link.TryReceive(buffer, out int length))
            {
                received += length;
                // Where the server is the core need not know: behind a proxy nobody here does.
                core.HandleDatagram(link.Id, default, buffer[..length], now);
            }
        }

        if (received >= maxBytes) Interlocked.Exchange(ref _mayHaveFrames, 1);
        return received;
    }

    public void Dispose()
    {
        foreach (StreamLink link in _links) link.Dispose();
    }

    void IStreamLinkObserver.OnOpened(StreamLink link) => post(now => _reports[link.Id - FirstId].OnOpened(link.Id, now));

    void IStreamLinkObserver.OnReadable(StreamLink link)
    {
        Interlocked.Exchange(ref _mayHaveFrames, 1);
        requestTurn();
    }

    void IStreamLinkObserver.OnClosed(StreamLink link, StreamLinkFailure failure) => post(now => _reports[link.Id - FirstId].OnClosed(failure, now));

    private static readonly StreamLinkFailure s_tooMany = new(StreamLinkFailureKind.Closed, "The credentials of the server were renewed too often. Check what hands them out, and its clock.");

    private static readonly Reports s_silence = new(static (_, _) => { }, static (_, _) => { });

    private sealed record Reports(Action<int, MonotonicTime> OnOpened, Action<StreamLinkFailure, MonotonicTime> OnClosed);
}
