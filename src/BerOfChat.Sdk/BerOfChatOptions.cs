using BerOfChat.Invites;
using BerOfChat.Signaling;
using BerOfChat.WebRtc;

namespace BerOfChat;

/// <summary>What a client is made of. Everything has a default; without <see cref="Store"/> history ends with the process, without <see cref="Signaling"/> devices meet only where an invitation says.</summary>
public sealed class BerOfChatOptions
{
    /// <summary>Where devices find each other. It belongs to the caller.</summary>
    public ISignalingTransport? Signaling { get; set; }

    /// <summary>The addresses that invitations name, at which others reach the same signaling service. The default is that of a <see cref="WebSocketSignaling"/>. An invitation has room for 147 bytes of them, where each counts one more.</summary>
    public IList<Uri> SignalingAddresses { get; private set; } = [];

    /// <summary>How devices connect. The default is WebRTC. It belongs to the caller.</summary>
    public IPeerTransport? Transport { get; set; }

    /// <summary>
    /// The STUN and TURN servers by which the default transport connects devices behind different NATs. There are none by default: then only devices connect that reach each other directly. A
    /// <see cref="Transport"/> of the caller's has servers of its own (<see cref="PeerConnectionOptions.IceServers"/>).
    /// </summary>
    public IList<IceServer> IceServers { get; private set; } = [];

    /// <summary>Which paths the default transport uses. <see cref="IceTransportPolicy.Relay"/> shows no peer and no signaling service an address of this device; it needs a TURN server.</summary>
    public IceTransportPolicy IceTransportPolicy { get; set; }

    /// <summary>Where history is kept. The client owns it from <see cref="BerOfChatClient.OpenAsync"/> on and disposes it. The default keeps nothing beyond the client.</summary>
    public IMessageStore? Store { get; set; }

    /// <summary>What opens the profile in the store. The default is no password.</summary>
    public Unlock Unlock { get; set; } = Unlock.FilePermissionsOnly;

    /// <summary>All time. The default is the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where failures in the background are written. No entry carries text, keys, invitations or addresses.</summary>
    public Microsoft.Extensions.Logging.ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>What is wrong with these options, each in a sentence that says what to do.</summary>
    internal IEnumerable<string> FindMistakes()
    {
        if (Unlock is null) yield return $"{nameof(Unlock)} is null. For a profile without a password it is {nameof(BerOfChat.Unlock)}.{nameof(BerOfChat.Unlock.FilePermissionsOnly)}.";
        if (TimeProvider is null) yield return $"{nameof(TimeProvider)} is null. Leave it at {nameof(System.TimeProvider)}.{nameof(System.TimeProvider.System)}.";
        if (!SignalingAddresses.All(SignalingAddress.IsWebSocket))
            yield return $"{nameof(SignalingAddresses)} holds an address that does not begin with wss:// or ws://. Others could not use it.";
        else if (InviteFormat.SizeOf(SignalingAddresses) > InviteFormat.MaxSize)
            yield return $"{nameof(SignalingAddresses)} are longer than an invitation has room for ({InviteFormat.MaxSize - InviteFormat.MinSize} bytes). Name fewer or shorter ones.";

        if (Transport is not null && (IceServers.Count > 0 || IceTransportPolicy != IceTransportPolicy.All))
            yield return $"{nameof(IceServers)} and {nameof(IceTransportPolicy)} are those of the default transport. Set them in the options of {nameof(Transport)} instead, or leave {nameof(Transport)} out.";
        else if (FindServerMistake() is { } mistake)
            yield return mistake;
    }

    private string? FindServerMistake()
    {
        try
        {
            ToConnectionOptions().Validate();
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    /// <summary>How connections of the default transport are made.</summary>
    internal PeerConnectionOptions ToConnectionOptions() => new() { IceServers = [.. IceServers], IceTransportPolicy = IceTransportPolicy };

    internal BerOfChatOptions Clone()
    {
        var copy = (BerOfChatOptions)MemberwiseClone();
        copy.IceServers = [.. IceServers];
        copy.SignalingAddresses = [.. SignalingAddresses];
        return copy;
    }
}
