using System.Diagnostics.CodeAnalysis;
using BerOfChat.Cryptography;
using BerOfChat.Primitives;

namespace BerOfChat.Identity;

/// <summary>Which devices an account has: version 1, signed by the account key. The list with the highest version holds.</summary>
internal sealed class DeviceList
{
    /// <summary>The most devices of an account.</summary>
    public const int MaxDevices = 16;

    /// <summary>The largest list in bytes.</summary>
    public const int MaxSize = HeaderSize + (MaxDevices * DeviceSize) + Ed25519.SignatureSize;

    private readonly byte[] _bytes;
    private readonly Dictionary<Bytes32, bool> _devices;

    private DeviceList(byte[] bytes, Bytes32 account, uint version, Dictionary<Bytes32, bool> devices)
    {
        _bytes = bytes;
        _devices = devices;
        Account = account;
        Version = version;
    }

    public Bytes32 Account { get; }

    public uint Version { get; }

    /// <summary>The list as received or made.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Makes a list in which every given device is valid.</summary>
    public static DeviceList Create(Ed25519PrivateKey account, uint version, params ReadOnlySpan<Bytes32> devices)
    {
        byte[] bytes = new byte[HeaderSize + (devices.Length * DeviceSize) + Ed25519.SignatureSize];
        var writer = new SpanWriter(bytes);
        writer.WriteByte(FormatVersion);
        writer.WriteBytes(account.PublicKey.Span);
        writer.WriteUInt32(version);
        writer.WriteByte((byte)devices.Length);
        foreach (Bytes32 device in devices)
        {
            writer.WriteBytes(device.ToArray());
            writer.WriteByte(Valid);
        }

        account.Sign([.. s_label, .. writer.Written], bytes.AsSpan(writer.Position));
        return TryParse(bytes, out DeviceList? list) ? list : throw new InvalidOperationException("The device list just made does not verify.");
    }

    /// <summary>Reads a list and verifies its signature. False when anything is not as it must be.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out DeviceList? list)
    {
        list = null;
        var reader = new SpanReader(source);
        if (!reader.TryReadByte(out byte format) || format != FormatVersion) return false;
        if (!reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> account) || !reader.TryReadUInt32(out uint version)) return false;
        if (!reader.TryReadByte(out byte count) || count is 0 or > MaxDevices || reader.Remaining != (count * DeviceSize) + Ed25519.SignatureSize) return false;

        var devices = new Dictionary<Bytes32, bool>(count);
        for (int i = 0; i < count; i++)
        {
            _ = reader.TryReadBytes(Bytes32.Size, out ReadOnlySpan<byte> device);
            _ = reader.TryReadByte(out byte status);
            if (status is not (Valid or Revoked) || !devices.TryAdd(Bytes32.Read(device), status == Valid)) return false;
        }

        if (!Ed25519.Verify(account, [.. s_label, .. source[..^Ed25519.SignatureSize]], reader.Rest)) return false;
        list = new DeviceList(source.ToArray(), Bytes32.Read(account), version, devices);
        return true;
    }

    /// <summary>Whether the account still has the device with this signing key.</summary>
    public bool IsValid(Bytes32 deviceSigning) => _devices.GetValueOrDefault(deviceSigning);

    private const byte FormatVersion = 1;
    private const byte Valid = 1;
    private const byte Revoked = 2;
    private const int HeaderSize = 1 + Bytes32.Size + sizeof(uint) + 1;
    private const int DeviceSize = Bytes32.Size + 1;

    private static readonly byte[] s_label = "BerOfChat/1 device-list"u8.ToArray();
}
