namespace BerOfChat;

/// <summary>Who is on the other side of a session, as proven in its handshake.</summary>
/// <param name="Id">The account.</param>
/// <param name="Device">The device of that account.</param>
public readonly record struct PeerIdentity(PeerId Id, DeviceId Device);
