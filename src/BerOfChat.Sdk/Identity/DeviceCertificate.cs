using System.Diagnostics.CodeAnalysis;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Identity;

/// <summary>An account's statement that two device keys are its own: version 1, 183 bytes, signed by the account key.</summary>
/// <remarks>Its dates are judged in handshakes only: replicas of a log must agree, and their clocks do not.</remarks>
internal sealed class DeviceCertificate
{
    public const int Size = SignedSize + Ed25519.SignatureSize;

    private readonly byte[] _bytes;

    private DeviceCertificate(byte[] bytes, Bytes32 account, Bytes32 deviceSigning, Bytes32 deviceAgreement, ulong notBefore, ulong notAfter)
    {
        _bytes = bytes;
        Account = account;
        DeviceSigning = deviceSigning;
        DeviceAgreement = deviceAgreement;
        NotBefore = notBefore;
        NotAfter = notAfter;
    }

    /// <summary>The account's Ed25519 key.</summary>
    public Bytes32 Account { get; }

    /// <summary>The device's Ed25519 key.</summary>
    public Bytes32 DeviceSigning { get; }

    /// <summary>The device's X25519 key: the static key of its handshakes.</summary>
    public Bytes32 DeviceAgreement { get; }

    /// <summary>From when it holds, unix seconds.</summary>
    public ulong NotBefore { get; }

    /// <summary>Until when it holds, unix seconds; 0 for ever.</summary>
    public ulong NotAfter { get; }

    /// <summary>The certificate as received or made.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    public static DeviceCertificate Create(Ed25519PrivateKey account, Bytes32 deviceSigning, Bytes32 deviceAgreement, DateTimeOffset notBefore)
    {
        byte[] bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        writer.WriteByte(Version);
        writer.WriteBytes(account.PublicKey.Span);
        writer.WriteBytes(deviceSigning.ToArray());
        writer.WriteBytes(deviceAgreement.ToArray());
        writer.WriteUInt32(0);
        writer.WriteUInt64((ulong)Math.Max(0, notBefore.ToUnixTimeSeconds()));
        writer.WriteUInt64(0);
        writer.WriteUInt16(0);
        account.Sign([.. s_label, .. writer.Written], bytes.AsSpan(SignedSize));
        return TryParse(bytes, out DeviceCertificate? certificate) ? certificate : throw new InvalidOperationException("The certificate just made does not verify.");
    }

    /// <summary>Reads a certificate, verifies its signature and that its agreement key can be used. False when anything is not as it must be.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out DeviceCertificate? certificate)
    {
        certificate = null;
        if (source.Length != Size || source[0] != Version) return false;
        var reader = new SpanReader(source[1..]);
        _ = reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> account);
        _ = reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> signing);
        _ = reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> agreement);
        _ = reader.TryReadUInt32(out _);
        _ = reader.TryReadUInt64(out ulong notBefore);
        _ = reader.TryReadUInt64(out ulong notAfter);
        if (notBefore >= FirstUnsafeInteger || notAfter >= FirstUnsafeInteger || !X25519PublicKey.IsUsable(agreement)) return false;
        if (!Ed25519.Verify(account, [.. s_label, .. source[..SignedSize]], source[SignedSize..])) return false;

        certificate = new DeviceCertificate(source.ToArray(), Bytes32.Read(account), Bytes32.Read(signing), Bytes32.Read(agreement), notBefore, notAfter);
        return true;
    }

    /// <summary>Whether the dates allow a handshake now. Clocks may be wrong by a day.</summary>
    public bool IsValidAt(DateTimeOffset now)
    {
        long seconds = now.ToUnixTimeSeconds();
        return seconds + ClockTolerance >= (long)NotBefore && (NotAfter == 0 || seconds - ClockTolerance <= (long)NotAfter);
    }

    private const byte Version = 1;
    private const int SignedSize = 119;
    private const long ClockTolerance = 24 * 60 * 60;
    private const ulong FirstUnsafeInteger = 1UL << 53;

    private static readonly byte[] s_label = "BerOfChat/device-cert/1\0"u8.ToArray();
}
