namespace BerOfChat.WebRtc.Sockets;

/// <summary>A TURN server that is reached over TCP.</summary>
/// <param name="Host">Its name, or an address without brackets.</param>
/// <param name="Port">Its port.</param>
/// <param name="UseTls">Whether TLS lies between (turns:); its certificate has to be for <paramref name="Host"/>.</param>
internal sealed record StreamServer(string Host, int Port, bool UseTls);
