namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>What a peer, or anybody who passed a connectivity check, can make a handshake keep or do.</summary>
internal static class HandshakeLimits
{
    /// <summary>The longest handshake message. Ours have less than 400 bytes; a chain of certificates, of which only the first counts, has a few thousand.</summary>
    public const int MaxMessageSize = 16 * 1024;

    /// <summary>How many messages may be incomplete at once: the next one and those that overtook it. The longest flight has five.</summary>
    public const int MaxAhead = 8;

    /// <summary>Sealed records that overtook the messages from which their keys follow.</summary>
    public const int MaxEarlyRecords = 4;

    /// <summary>The longest of them: a Finished message has 61 bytes with everything around it.</summary>
    public const int MaxEarlyRecordSize = 256;

    public const int MaxExtensions = 64;

    /// <summary>What a datagram of a handshake may have.</summary>
    public const int MaxDatagramSize = 1200;

    /// <summary>How long the first answer is waited for; doubled with each repetition (RFC 6347 section 4.2.4.1).</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    /// <summary>A peer that repeats itself is answered at most this often.</summary>
    public static readonly TimeSpan AnswerPause = TimeSpan.FromMilliseconds(50);
}
