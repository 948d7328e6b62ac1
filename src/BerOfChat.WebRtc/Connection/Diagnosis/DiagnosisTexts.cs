namespace BerOfChat.WebRtc.Connection.Diagnosis;

/// <summary>What each <see cref="ConnectionDiagnosis"/> means and what to do about it, for people.</summary>
internal static class DiagnosisTexts
{
    private static readonly Dictionary<ConnectionDiagnosis, (string Summary, string Cure)> s_texts = new()
    {
        [ConnectionDiagnosis.InProgress] = ("A path is being looked for, or encryption is being set up.", "Wait a few seconds, and ask again."),
        [ConnectionDiagnosis.ConnectedDirectly] = ("The two devices are connected directly.", ""),
        [ConnectionDiagnosis.ConnectedByRelay] = ("The two devices are connected by a TURN server.", ""),
        [ConnectionDiagnosis.ClosedLocally] = ("This side has closed the connection.", ""),
        [ConnectionDiagnosis.ClosedByPeer] = ("The peer has closed the connection.", ""),
        [ConnectionDiagnosis.SignalingIncomplete] =
            ("The peer's description has not come, or none of its candidates.", "See that the peer is online, and that what both sides say is carried to the other side: the description and every candidate."),
        [ConnectionDiagnosis.NoServersConfigured] =
            ("Only the addresses of the two devices themselves were tried, and none reaches the other; neither a STUN nor a TURN server is configured.", "Configure a STUN server, and a TURN server for networks that need one; or bring both devices into one network."),
        [ConnectionDiagnosis.StunUnreachable] =
            ("No STUN server has answered: UDP is blocked in this network, or the servers are down or wrongly named.", "See that the addresses of the STUN servers are right. Where UDP is blocked, configure a TURN server over TLS (turns:…:443)."),
        [ConnectionDiagnosis.RelayNeeded] =
            ("STUN servers answer, but the addresses they see do not serve the peer: both sides are probably behind symmetric NATs, as in mobile and company networks.", "Configure a TURN server: between such networks there is no direct path."),
        [ConnectionDiagnosis.RelayCredentialsRefused] =
            ("A TURN server has refused user name or password, or their time is over.", "See that user name and credential are those of the server; use a credential provider for those that expire. With time-limited ones the clock has to be right."),
        [ConnectionDiagnosis.RelayRefused] =
            ("A TURN server has answered, and refused to relay.", "Look at its error below: its quota, its ports or what it permits have to be changed where it runs."),
        [ConnectionDiagnosis.RelayUnreachable] =
            ("No TURN server has answered: it is down, wrongly named, or blocked from here.", "See that its address, port and protocol are right and that it runs. Where UDP may be blocked, add one over TCP or TLS (turns:…:443)."),
        [ConnectionDiagnosis.UdpBlocked] =
            ("Nothing has answered by UDP, which this network probably blocks, and no TURN server over TCP or TLS is configured.", "Configure a TURN server over TLS on port 443 (turns:…:443), which most networks let pass. If UDP is open, see that the servers run."),
        [ConnectionDiagnosis.NoCommonAddressFamily] =
            ("One side has only addresses of IPv4, the other only addresses of IPv6.", "Configure a TURN server that has addresses of both families, or give one of the devices both."),
        [ConnectionDiagnosis.PeerUnreachable] =
            ("This side can be reached, and the peer has not come by any path: it is gone, has not got what this side said, or its network lets nothing out.", "See that the peer is online and gets the description and the candidates; ask what the peer's own explanation says."),
        [ConnectionDiagnosis.PeerGone] =
            ("The peer answers no more, and nothing points at this side: its device is off or asleep, or has lost its network.", "Connect again when the peer is back."),
        [ConnectionDiagnosis.MappingLost] =
            ("The router in front of this device gives it another address than before: it was restarted, was idle for too long, or this is another network.", "Connect again. If it happens while nothing else changes, the router forgets ways within seconds: use a relay over TCP or TLS."),
        [ConnectionDiagnosis.NetworkLost] =
            ("Neither the peer nor the servers that had answered before are heard from: this device has lost its network.", "See that this device is online, and connect again."),
        [ConnectionDiagnosis.RelayLost] =
            ("The TURN server that carried the connection answers no more, or has given the address away.", "Connect again; with a second TURN server one of them may fail."),
        [ConnectionDiagnosis.CertificateMismatch] =
            ("A certificate is not the one that the description names: a description of another connection was used, or somebody is in between.", "Exchange new descriptions, each for one connection only. If it happens again, do not trust what carries them."),
        [ConnectionDiagnosis.DtlsRefused] =
            ("The two sides have no DTLS version or cipher suite in common, or one does not accept the other's part of the handshake.", "Update both sides: DTLS 1.2 with ECDHE-ECDSA and AES-GCM is needed. If they are up to date, something between them alters packets."),
        [ConnectionDiagnosis.DtlsTimedOut] =
            ("A path works, but the DTLS handshake did not end: something between the two drops its packets, or the peer has stopped.", "Try again; if it fails again, use a relay over TCP or TLS, which passes networks that drop what they do not know."),
        [ConnectionDiagnosis.ProtocolFailure] =
            ("One side has broken the protocol inside the encryption.", "Update both sides; if it happens again, report it with both versions."),
    };

    public static string Summarize(ConnectionDiagnosis diagnosis) => s_texts[diagnosis].Summary;

    public static string FindCure(ConnectionDiagnosis diagnosis) => s_texts[diagnosis].Cure;
}
