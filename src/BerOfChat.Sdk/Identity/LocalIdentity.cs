using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Identity;

/// <summary>The keys of this account and this device, with the certificate and the list that tie them together. Zeroed when disposed.</summary>
internal sealed class LocalIdentity : IDisposable
{
    private readonly Ed25519PrivateKey _account;

    private LocalIdentity(Ed25519PrivateKey account, Ed25519PrivateKey deviceSigning, X25519PrivateKey deviceAgreement, DeviceCertificate certificate, DeviceList devices)
    {
        _account = account;
        DeviceSigning = deviceSigning;
        DeviceAgreement = deviceAgreement;
        Certificate = certificate;
        Devices = devices;
    }

    public PeerId Id => new(AccountKey.ToArray());

    public Bytes32 AccountKey => Certificate.Account;

    public Ed25519PrivateKey DeviceSigning { get; }

    public X25519PrivateKey DeviceAgreement { get; }

    public DeviceCertificate Certificate { get; }

    public DeviceList Devices { get; }

    /// <summary>Makes a new account whose first device this is.</summary>
    public static LocalIdentity Create(IRandomSource random, DateTimeOffset now)
    {
        Ed25519PrivateKey account = Ed25519PrivateKey.Generate(random);
        Ed25519PrivateKey signing = Ed25519PrivateKey.Generate(random);
        X25519PrivateKey agreement = X25519PrivateKey.Generate(random);
        Bytes32 signingKey = Bytes32.Read(signing.PublicKey.Span);
        DeviceCertificate certificate = DeviceCertificate.Create(account, signingKey, Bytes32.Read(agreement.PublicKey.Span), now);
        return new LocalIdentity(account, signing, agreement, certificate, DeviceList.Create(account, 1, signingKey));
    }

    /// <summary>The profile's row: private keys, certificate, list. The caller zeroes it after sealing.</summary>
    public byte[] Export()
    {
        byte[] row = new byte[KeysSize + DeviceCertificate.Size + Devices.Bytes.Length];
        row[0] = RowVersion;
        _account.Export(row.AsSpan(1, KeySize));
        DeviceSigning.Export(row.AsSpan(1 + KeySize, KeySize));
        DeviceAgreement.Export(row.AsSpan(1 + (2 * KeySize), KeySize));
        Certificate.Bytes.Span.CopyTo(row.AsSpan(KeysSize));
        Devices.Bytes.Span.CopyTo(row.AsSpan(KeysSize + DeviceCertificate.Size));
        return row;
    }

    /// <summary>Reads what <see cref="Export"/> made. False for anything else, also for keys that do not belong together.</summary>
    public static bool TryImport(ReadOnlySpan<byte> row, [NotNullWhen(true)] out LocalIdentity? identity)
    {
        identity = null;
        if (row.Length <= KeysSize + DeviceCertificate.Size || row[0] != RowVersion) return false;
        if (!DeviceCertificate.TryParse(row.Slice(KeysSize, DeviceCertificate.Size), out DeviceCertificate? certificate)) return false;
        if (!DeviceList.TryParse(row[(KeysSize + DeviceCertificate.Size)..], out DeviceList? devices)) return false;

        var account = new Ed25519PrivateKey(row.Slice(1, KeySize));
        var signing = new Ed25519PrivateKey(row.Slice(1 + KeySize, KeySize));
        var agreement = new X25519PrivateKey(row.Slice(1 + (2 * KeySize), KeySize));
        var candidate = new LocalIdentity(account, signing, agreement, certificate, devices);
        bool belongTogether = Matches(account.PublicKey, certificate.Account) && Matches(signing.PublicKey, certificate.DeviceSigning)
            && Matches(agreement.PublicKey, certificate.DeviceAgreement) && devices.Account == certificate.Account;
        if (!belongTogether)
        {
            candidate.Dispose();
            return false;
        }

        identity = candidate;
        return true;
    }

    public void Dispose()
    {
        _account.Dispose();
        DeviceSigning.Dispose();
        DeviceAgreement.Dispose();
    }

    private static bool Matches(ReadOnlyMemory<byte> publicKey, Bytes32 expected) => CryptographicOperations.FixedTimeEquals(publicKey.Span, expected.ToArray());

    private const byte RowVersion = 1;
    private const int KeySize = 32;
    private const int KeysSize = 1 + (3 * KeySize);
}
