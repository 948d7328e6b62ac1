using System.Text;
using BerOfChat.Fuzzing;
using BerOfChat.WebRtc.Sdp;
using BerOfChat.WebRtc.Tests.Sdp;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>A description: what was read and written again reads as the same, and no error text repeats what stood in it.</summary>
internal sealed class SdpTarget : FuzzTarget
{
    private readonly HashSet<string> _errors = [];

    public override IEnumerable<byte[]> Seeds => SdpSamples.All.Select(sample => Encoding.Latin1.GetBytes(sample.Data.Item2));

    public override IReadOnlyList<byte[]> Words { get; } = [.. new[]
    {
        "a=", "m=", "v=0\r\n", "\r\n", "a=candidate:", "a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:sha-256 ", "a=setup:active\r\n", "a=setup:passive\r\n", "a=group:BUNDLE ", "a=mid:", "a=sctp-port:", "a=max-message-size:",
        "a=end-of-candidates\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", "18446744073709551616", "-1", "0",
    }.Select(Encoding.Latin1.GetBytes)];

    // Text is cut into lines and fields: a few times its size, and a fixed part for the document.
    public override long MaxAllocation(int inputLength) => 64 * 1024 + (128L * inputLength);

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (!SdpDocument.TryParse(Encoding.Latin1.GetString(input), out SdpDocument? document, out string? error))
        {
            _errors.Add(error!);
            if (_errors.Count > 100) throw new InvalidOperationException("Errors vary with the input: they repeat it.");
            return error!.GetHashCode(StringComparison.Ordinal);
        }

        string written = document!.ToString();
        if (!SdpDocument.TryParse(written, out SdpDocument? again, out _) || again!.ToString() != written) throw new InvalidOperationException("What was written reads as something else.");
        if (document.Fingerprint.Length != SdpDocument.FingerprintSize) throw new InvalidOperationException("A fingerprint has another size.");
        return HashCode.Combine(document.Setup, document.IsBundled, document.Candidates.Count, document.EndOfCandidates, document.Sections.Count, document.MaxMessageSize.ToString().Length);
    }
}
