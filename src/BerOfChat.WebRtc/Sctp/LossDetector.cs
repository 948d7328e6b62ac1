using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Tells what is lost by time (RACK, RFC 8985): a chunk is when one that was sent later has arrived, and even a detour would have brought it by now. That finds a lost repetition as well as a lost original.</summary>
/// <remarks>Chunks are looked at in the order in which they were sent: originals by TSN, repetitions as they were noted. Each is judged once for each time that it was sent.</remarks>
internal sealed class LossDetector(long firstTsn)
{
    /// <summary>A detour may take this share of the shortest round trip (RFC 8985 section 6.2), more when the peer has received something twice.</summary>
    private const int DetourDivisor = 4;

    /// <summary>After so many losses without a needless repetition the path counts as straight again.</summary>
    private const int Persistence = 16;

    private readonly Queue<(long Tsn, MonotonicTime SentAt)> _repeated = [];
    private TimeSpan _shortest = TimeSpan.MaxValue;
    private long _firstUnjudged = firstTsn;
    private MonotonicTime _latestSentAt;
    private long _latestTsn;
    private TimeSpan _latestRoundTrip;
    private bool _hasLatest;
    private int _detours = 1;
    private int _persistence;

    /// <summary>When to judge again; null when nothing waits for that.</summary>
    public MonotonicTime? NextTimeout { get; private set; }

    /// <summary>A chunk has arrived.</summary>
    public void NoteArrival(long tsn, in OutstandingChunk chunk, MonotonicTime now)
    {
        TimeSpan roundTrip = now - chunk.SentAt;
        if (chunk.Transmissions == 1) _shortest = roundTrip < _shortest ? roundTrip : _shortest;
        // The answer to an earlier time that it was sent; what is a little shorter than ever is the right one.
        else if (roundTrip < _shortest - (_shortest / 8)) return;
        if (_hasLatest && !IsBefore(_latestSentAt, _latestTsn, chunk.SentAt, tsn)) return;
        _hasLatest = true;
        (_latestSentAt, _latestTsn, _latestRoundTrip) = (chunk.SentAt, tsn, roundTrip);
    }

    public void NoteRepetition(long tsn, MonotonicTime now) => _repeated.Enqueue((tsn, now));

    /// <summary>The peer has received something twice: what was thought lost came by a detour.</summary>
    /// <param name="isNewRound">Whether a round trip has passed since the last time.</param>
    public void NoteNeedlessRepetition(bool isNewRound)
    {
        _persistence = Persistence;
        if (isNewRound && _detours < DetourDivisor * 4) _detours++;
    }

    /// <summary>A loss was answered by a smaller window.</summary>
    public void NoteReduction()
    {
        if (_persistence > 0 && --_persistence == 0) _detours = 1;
    }

    /// <summary>What counted as lost does so no more.</summary>
    public void StartOver(long firstTsn) => _firstUnjudged = firstTsn;

    /// <summary>Finds the next chunk that is lost; call until there is none.</summary>
    public bool TryFind(OutstandingRing ring, TimeSpan smoothedRoundTrip, MonotonicTime now, out long tsn)
    {
        NextTimeout = null;
        tsn = 0;
        if (!_hasLatest) return false;
        TimeSpan detour = _shortest == TimeSpan.MaxValue ? smoothedRoundTrip / DetourDivisor : _shortest / DetourDivisor * _detours;
        TimeSpan patience = _latestRoundTrip + (detour < smoothedRoundTrip ? detour : smoothedRoundTrip);
        while (_repeated.TryPeek(out (long Tsn, MonotonicTime SentAt) repeated))
        {
            bool isCurrent = repeated.Tsn >= ring.First && ring[repeated.Tsn] is { IsGapAcknowledged: false, IsLost: false, IsAbandoned: false } chunk && chunk.SentAt == repeated.SentAt;
            if (isCurrent && !IsLost(repeated.SentAt, repeated.Tsn, patience, now)) break;
            _repeated.Dequeue();
            if (!isCurrent) continue;
            tsn = repeated.Tsn;
            return true;
        }

        for (_firstUnjudged = Math.Max(_firstUnjudged, ring.First); _firstUnjudged < ring.End; _firstUnjudged++)
        {
            ref readonly OutstandingChunk chunk = ref ring[_firstUnjudged];
            if (chunk.IsGapAcknowledged || chunk.IsLost || chunk.IsAbandoned || chunk.Transmissions > 1) continue;
            if (!IsLost(chunk.SentAt, _firstUnjudged, patience, now)) break;
            tsn = _firstUnjudged++;
            return true;
        }

        return false;
    }

    private bool IsLost(MonotonicTime sentAt, long tsn, TimeSpan patience, MonotonicTime now)
    {
        if (!IsBefore(sentAt, tsn, _latestSentAt, _latestTsn)) return false;
        if (sentAt + patience <= now) return true;
        NextTimeout = MonotonicTime.Earliest(NextTimeout, sentAt + patience);
        return false;
    }

    private static bool IsBefore(MonotonicTime sentAt, long tsn, MonotonicTime otherSentAt, long otherTsn) => sentAt < otherSentAt || (sentAt == otherSentAt && tsn < otherTsn);
}
