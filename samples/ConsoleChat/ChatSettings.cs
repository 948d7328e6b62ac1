using BerOfChat.WebRtc;

namespace ConsoleChat;

/// <summary>What the command line said.</summary>
/// <param name="Profile">The profile's name.</param>
/// <param name="DataDirectory">Where profiles are; null for the usual place.</param>
/// <param name="PasswordFile">The file with the password; null to ask.</param>
/// <param name="IsPlain">Lines instead of a terminal.</param>
/// <param name="Signal">A signaling server; null for the one inside.</param>
/// <param name="Port">The port of the one inside; null for that of the profile.</param>
/// <param name="IsManual">Whether people carry codes instead of a signaling service.</param>
/// <param name="IceServers">The STUN and TURN servers to use.</param>
/// <param name="IsRelayOnly">Whether the others see no address but the relay's.</param>
/// <param name="Invite">The invitation or first code to join by; null to open a room.</param>
internal sealed record ChatSettings(string Profile, string? DataDirectory, string? PasswordFile, bool IsPlain, Uri? Signal, int? Port, bool IsManual, IReadOnlyList<IceServer> IceServers, bool IsRelayOnly, string? Invite);
