using BerOfChat.Fuzzing;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Tests.Dtls;

namespace BerOfChat.WebRtc.Tests.Fuzz;

/// <summary>One message of a DTLS handshake is replaced by the input; its first byte says which.</summary>
/// <remarks>The peer that sends it holds all keys, so what comes sealed is reached too. Signatures are random: an input is the same in every run, what is around it is not.</remarks>
internal sealed class HandshakeMessageTarget : FuzzTarget
{
    private const int Messages = 10;
    private static readonly DtlsCertificate s_client = Certificate(1), s_server = Certificate(2);

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            List<byte[]> seeds = [];
            using RolePair pair = new(s_client, s_server);
            pair.Alter = (type, body) =>
            {
                seeds.Add([(byte)seeds.Count, .. body]);
                return (type, body);
            };
            pair.Run();
            return seeds;
        }
    }

    public override IReadOnlyList<byte[]> Words =>
    [
        [0xFE, 0xFD], [0xFE, 0xFF], [0xC0, 0x2B], [0xC0, 0x2C], [4, 3], [0, 29], [0, 23], [0, 10, 0, 4, 0, 2, 0, 23], [0, 23, 0, 0], [0xFF, 1, 0, 1, 0], [3, 0, 23, 65, 4],
    ];

    public override int MaxInputLength => 1024;

    // Two handshakes as far as they come, whatever the input is: certificates, signatures, and the buffers in which whole flights are written.
    public override long MaxAllocation(int inputLength) => 400_000 + (64L * inputLength);

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        int replaced = input[0] % Messages, number = 0;
        byte[] body = input[1..].ToArray();
        bool isChanged = false;
        using RolePair pair = new(s_client, s_server);
        pair.Alter = (type, original) =>
        {
            if (number++ != replaced) return (type, original);
            isChanged = !body.AsSpan().SequenceEqual(original);
            return (type, body);
        };
        (DtlsAlert? alert, bool isOfClient) = pair.Run();
        if (isChanged && pair.Client.IsComplete && pair.Server.IsComplete) throw new InvalidOperationException("A handshake ended well though a message was changed on the way.");
        return (replaced * 1024) + (isOfClient ? 512 : 0) + (alert is { } code ? (byte)code : 256);
    }

    private static DtlsCertificate Certificate(int seed) => DtlsCertificate.Create(new SeededRandomSource(seed), DateTimeOffset.UnixEpoch);
}
