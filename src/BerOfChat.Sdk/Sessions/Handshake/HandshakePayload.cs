using System.Diagnostics.CodeAnalysis;
using BerOfChat.Identity;
using BerOfChat.Primitives;

namespace BerOfChat.Sessions.Handshake;

/// <summary>What a side says of itself inside the handshake: its certificate and extensions, padded to a multiple of 512 bytes.</summary>
internal static class HandshakePayload
{
    public static byte[] Create(LocalIdentity identity)
    {
        int extensionsSize = ExtensionHeaderSize + identity.Devices.Bytes.Length;
        int size = DeviceCertificate.Size + sizeof(ushort) + extensionsSize;
        byte[] payload = new byte[(size + Bucket - 1) / Bucket * Bucket];
        var writer = new SpanWriter(payload);
        writer.WriteBytes(identity.Certificate.Bytes.Span);
        writer.WriteUInt16((ushort)extensionsSize);
        writer.WriteUInt16(DeviceListExtension);
        writer.WriteUInt16((ushort)identity.Devices.Bytes.Length);
        writer.WriteBytes(identity.Devices.Bytes.Span);
        return payload;
    }

    /// <summary>Reads a payload and verifies all that can be verified without knowing whom to expect.</summary>
    /// <param name="payload">The bytes.</param>
    /// <param name="remoteStatic">The key that the sender has just proven to hold.</param>
    /// <param name="now">The wall time, for the certificate's dates.</param>
    /// <param name="device">The sender.</param>
    public static bool TryRead(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> remoteStatic, DateTimeOffset now, [NotNullWhen(true)] out RemoteDevice? device)
    {
        device = null;
        var reader = new SpanReader(payload);
        if (payload.Length % Bucket != 0 || !reader.TryReadBytes(DeviceCertificate.Size, out ReadOnlySpan<byte> certificateBytes)) return false;
        if (!reader.TryReadUInt16(out ushort extensionsSize) || !reader.TryReadBytes(extensionsSize, out ReadOnlySpan<byte> extensions)) return false;
        if (reader.Rest.ContainsAnyExcept((byte)0) || !TryFindDeviceList(extensions, out ReadOnlySpan<byte> listBytes)) return false;
        if (!DeviceCertificate.TryParse(certificateBytes, out DeviceCertificate? certificate) || !DeviceList.TryParse(listBytes, out DeviceList? list)) return false;

        bool isProven = certificate.DeviceAgreement == Bytes32.Read(remoteStatic) && certificate.IsValidAt(now);
        if (!isProven || list.Account != certificate.Account || !list.IsValid(certificate.DeviceSigning)) return false;
        device = new RemoteDevice(certificate, list);
        return true;
    }

    private static bool TryFindDeviceList(ReadOnlySpan<byte> extensions, out ReadOnlySpan<byte> list)
    {
        list = default;
        bool isFound = false;
        var reader = new SpanReader(extensions);
        while (reader.Remaining > 0)
        {
            if (!reader.TryReadUInt16(out ushort type) || !reader.TryReadUInt16(out ushort length) || !reader.TryReadBytes(length, out ReadOnlySpan<byte> value)) return false;
            if (type != DeviceListExtension) continue;
            if (isFound) return false;
            isFound = true;
            list = value;
        }

        return isFound;
    }

    private const int Bucket = 512;
    private const int ExtensionHeaderSize = 2 * sizeof(ushort);
    private const ushort DeviceListExtension = 1;
}
