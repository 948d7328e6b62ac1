using System.Diagnostics.CodeAnalysis;
using BerOfChat.Cryptography;
using BerOfChat.Identity;
using BerOfChat.Primitives;

namespace BerOfChat.Logs;

/// <summary>What the first entry of a log says about its author: the device's certificate, its account's device list, and the device's signature over the room key.</summary>
internal sealed class AuthorProof
{
    private AuthorProof(DeviceCertificate certificate, DeviceList devices)
    {
        Certificate = certificate;
        Devices = devices;
    }

    public DeviceCertificate Certificate { get; }

    public DeviceList Devices { get; }

    /// <summary>Writes certificate, list and signature: the end of CREATE and the whole of JOIN.</summary>
    /// <param name="identity">Who writes.</param>
    /// <param name="scope">The room's id in JOIN, the nonce in CREATE.</param>
    /// <param name="roomKey">The log.</param>
    public static byte[] Encode(LocalIdentity identity, Bytes32 scope, Bytes32 roomKey)
    {
        byte[] bytes = new byte[DeviceCertificate.Size + sizeof(ushort) + identity.Devices.Bytes.Length + Ed25519.SignatureSize];
        var writer = new SpanWriter(bytes);
        writer.WriteBytes(identity.Certificate.Bytes.Span);
        writer.WriteUInt16((ushort)identity.Devices.Bytes.Length);
        writer.WriteBytes(identity.Devices.Bytes.Span);
        identity.DeviceSigning.Sign(SignedBytes(scope, roomKey), bytes.AsSpan(writer.Position));
        return bytes;
    }

    /// <summary>Reads and verifies all of it. False when anything is wrong, or the list does not call the device valid.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, Bytes32 scope, Bytes32 roomKey, [NotNullWhen(true)] out AuthorProof? proof)
    {
        proof = null;
        var reader = new SpanReader(source);
        if (!reader.TryReadBytes(DeviceCertificate.Size, out ReadOnlySpan<byte> certificateBytes)) return false;
        if (!reader.TryReadUInt16(out ushort length) || !reader.TryReadBytes(length, out ReadOnlySpan<byte> listBytes)) return false;
        if (!DeviceCertificate.TryParse(certificateBytes, out DeviceCertificate? certificate)) return false;
        if (!DeviceList.TryParse(listBytes, out DeviceList? devices) || devices.Account != certificate.Account) return false;
        if (!Ed25519.Verify(certificate.DeviceSigning.ToArray(), SignedBytes(scope, roomKey), reader.Rest)) return false;
        proof = new AuthorProof(certificate, devices);
        return true;
    }

    private static byte[] SignedBytes(Bytes32 scope, Bytes32 roomKey) => [.. "BerOfChat/1 room-key"u8, .. scope.ToArray(), .. roomKey.ToArray()];
}
