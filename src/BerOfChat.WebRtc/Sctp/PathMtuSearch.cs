using BerOfChat.Primitives;

namespace BerOfChat.WebRtc.Sctp;

/// <summary>Finds out how large packets may be (RFC 8899 section 6.2): asks by packets of the size in question, padded, which must not be cut on their way. Only their loss says no, and that is not held against the path.</summary>
/// <remarks>
/// Only who has much to send asks. What was sent as a large chunk cannot be sent in smaller ones, so only questions are forbidden to be cut: where the path changes to one of smaller packets, what was under way
/// still arrives, in parts.
/// </remarks>
internal sealed class PathMtuSearch(IRandomSource random)
{
    /// <summary>So many losses in a row mean that packets of a size do not pass (MAX_PROBES).</summary>
    private const int MaxProbes = 3;

    /// <summary>So many timeouts in a row mean that large packets do not pass any more.</summary>
    private const int MaxSilences = 2;

    private const int LargestForEverybody = 1400;

    // Ethernet, tunnels through it, and IPv6; jumbo frames; and a full DTLS record, of which four leave in one call.
    private static readonly int[] s_sizes = [LargestForEverybody, 8912, SctpLimits.LargestPacketSize];

    private static readonly TimeSpan s_minPatience = TimeSpan.FromSeconds(1);

    /// <summary>After that long a path may have become better (PMTU_RAISE_TIMER).</summary>
    private static readonly TimeSpan s_raiseAfter = TimeSpan.FromMinutes(10);

    /// <summary>The same after silence, which often ends.</summary>
    private static readonly TimeSpan s_raiseAfterSilence = TimeSpan.FromMinutes(1);

    private readonly HeartbeatNonce _nonce = new(random);
    private MonotonicTime? _answerDue;
    private MonotonicTime _notBefore;
    private int _next;
    private int _lost;
    private int _silences;

    /// <summary>The size of packets that is known to pass.</summary>
    public int PacketSize { get; private set; } = SctpLimits.MaxPacketSize;

    /// <summary>Whether the peer is known to take packets above 1,400 bytes: one of ours, told by what it can do. Nobody announces how large a record he takes, and one that does not fit into libwebrtc's buffer of
    /// 2,048 bytes ends all reception there.</summary>
    public bool TakesLargeRecords { get; set; }

    /// <summary>Whether the path is asked at all.</summary>
    public bool MayGrow { get; set; } = true;

    /// <summary>Whether the packet written last is a question, and must not be cut on its way.</summary>
    public bool HasAsked { get; private set; }

    public MonotonicTime? NextTimeout => _answerDue;

    /// <summary>Writes a question if one is due; returns its length, or 0.</summary>
    public int WriteProbe(Span<byte> destination, uint tag, ushort port, long queued, TimeSpan rto, MonotonicTime now)
    {
        HasAsked = false;
        if (!MayGrow || queued < SctpLimits.BacklogToProbe || _answerDue is not null || now < _notBefore || _next == s_sizes.Length || destination.Length < s_sizes[_next]) return 0;
        if (s_sizes[_next] > LargestForEverybody && !TakesLargeRecords) return 0;
        HasAsked = true;
        PacketWriter writer = new(destination[..s_sizes[_next]], tag, port);
        _nonce.Write(ref writer);
        writer.BeginChunk(ChunkType.Pad, 0);
        writer.Take(writer.Remaining).Clear();
        writer.EndChunk();
        _answerDue = now + (rto > s_minPatience ? rto : s_minPatience);
        return writer.Finish();
    }

    /// <summary>Takes a HEARTBEAT ACK. False when it does not answer a question of ours.</summary>
    public bool TryHandleAck(ReadOnlySpan<byte> value)
    {
        if (_answerDue is null || !_nonce.IsIn(value)) return false;
        PacketSize = s_sizes[_next++];
        _answerDue = null;
        _lost = 0;
        return true;
    }

    public void HandleTimeout(MonotonicTime now)
    {
        if (_answerDue is not { } due || due > now) return;
        _answerDue = null;
        if (++_lost < MaxProbes) return;
        _lost = 0;
        _notBefore = now + s_raiseAfter;
    }

    /// <summary>Nothing that was sent was acknowledged in time.</summary>
    public void NoteSilence(MonotonicTime now)
    {
        if (PacketSize == SctpLimits.MaxPacketSize || ++_silences < MaxSilences) return;
        Restart();
        _notBefore = now + s_raiseAfterSilence;
    }

    public void NoteAnswer() => _silences = 0;

    /// <summary>The path is another one.</summary>
    public void Restart()
    {
        PacketSize = SctpLimits.MaxPacketSize;
        _answerDue = null;
        _notBefore = default;
        _next = _lost = _silences = 0;
    }
}
