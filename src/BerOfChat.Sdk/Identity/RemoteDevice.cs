using BerOfChat.Primitives;

namespace BerOfChat.Identity;

/// <summary>A device of somebody else, as proven in a handshake: its certificate, and the list of its account that calls it valid.</summary>
internal sealed record RemoteDevice(DeviceCertificate Certificate, DeviceList Devices)
{
    public Bytes32 AccountKey => Certificate.Account;

    public PeerIdentity Identity => new(new PeerId(Certificate.Account.ToArray()), new DeviceId(Certificate.DeviceAgreement.ToArray()));
}
