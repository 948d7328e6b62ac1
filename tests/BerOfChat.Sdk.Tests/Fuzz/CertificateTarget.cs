using BerOfChat.Cryptography;
using BerOfChat.Fuzzing;
using BerOfChat.Identity;
using BerOfChat.Primitives;
using BerOfChat.Sessions.Handshake;

namespace BerOfChat.Fuzz;

/// <summary>Certificates, device lists, and the handshake payload that carries both; what parses is signed by the account that it names.</summary>
/// <remarks>The first byte says what the rest is: 0 a certificate, 1 a list, 2 a payload.</remarks>
internal sealed class CertificateTarget : FuzzTarget
{
    private readonly LocalIdentity _alice = FuzzIdentity.Alice;
    private readonly byte[] _agreement = FuzzIdentity.Alice.Certificate.DeviceAgreement.ToArray();

    public override IEnumerable<byte[]> Seeds =>
    [
        [0, .. _alice.Certificate.Bytes.Span],
        [1, .. _alice.Devices.Bytes.Span],
        [1, .. DeviceList.Create(FuzzIdentity.AccountKey, 7, _alice.Certificate.DeviceSigning, Bytes32.Read(new byte[32])).Bytes.Span],
        [2, .. HandshakePayload.Create(_alice)],
    ];

    public override long MaxAllocation(int inputLength) => 16_384 + (64L * inputLength);

    public override byte[] Repair(byte[] input)
    {
        if (input.Length < 1 + Ed25519.SignatureSize || input[0] % 3 == 2) return input;
        ReadOnlySpan<byte> label = input[0] % 3 == 0 ? "BerOfChat/device-cert/1\0"u8 : "BerOfChat/1 device-list"u8;
        Span<byte> body = input.AsSpan(1, input.Length - 1 - Ed25519.SignatureSize);
        if (body.Length > Bytes32.Size) FuzzIdentity.AccountKey.PublicKey.Span.CopyTo(body[1..]);
        FuzzIdentity.AccountKey.Sign([.. label, .. body], input.AsSpan(input.Length - Ed25519.SignatureSize));
        return input;
    }

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        ReadOnlySpan<byte> rest = input[1..];
        switch (input[0] % 3)
        {
            case 0:
                if (!DeviceCertificate.TryParse(rest, out DeviceCertificate? certificate)) return 1;
                if (!certificate.Bytes.Span.SequenceEqual(rest)) throw new InvalidOperationException("A certificate is not what was received.");
                return HashCode.Combine(certificate.IsValidAt(FuzzIdentity.Now), certificate.IsValidAt(DateTimeOffset.MaxValue), certificate.IsValidAt(DateTimeOffset.MinValue), certificate.NotAfter == 0);
            case 1:
                if (!DeviceList.TryParse(rest, out DeviceList? list)) return 2;
                return HashCode.Combine(list.IsValid(_alice.Certificate.DeviceSigning), list.Version > 1, rest.Length);
            default:
                if (!HandshakePayload.TryRead(rest, _agreement, FuzzIdentity.Now, out RemoteDevice? device)) return 3 + (rest.Length / 512);
                return HashCode.Combine(device.Devices.Version, rest.Length);
        }
    }
}
