namespace BerOfChat;

/// <summary>What a client is made of. Everything has a default; without <see cref="Store"/> history ends with the process, without <see cref="Signaling"/> devices meet only where an invitation says.</summary>
public sealed class BerOfChatOptions
{
    /// <summary>Where devices find each other. It belongs to the caller.</summary>
    public ISignalingTransport? Signaling { get; set; }

    /// <summary>The addresses that invitations name, at which others reach the same signaling service. The default is that of a <see cref="WebSocketSignaling"/>. At most 143 bytes together.</summary>
    public IList<Uri> SignalingAddresses { get; } = [];

    /// <summary>How devices connect. The default is WebRTC. It belongs to the caller.</summary>
    public IPeerTransport? Transport { get; set; }

    /// <summary>Where history is kept. The client owns it from <see cref="BerOfChatClient.OpenAsync"/> on and disposes it. The default keeps nothing beyond the client.</summary>
    public IMessageStore? Store { get; set; }

    /// <summary>What opens the profile in the store. The default is no password.</summary>
    public Unlock Unlock { get; set; } = Unlock.FilePermissionsOnly;

    /// <summary>All time. The default is the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where failures in the background are written. No entry carries text, keys, invitations or addresses.</summary>
    public Microsoft.Extensions.Logging.ILoggerFactory? LoggerFactory { get; set; }
}
