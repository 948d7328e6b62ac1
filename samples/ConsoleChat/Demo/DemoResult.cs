namespace ConsoleChat.Demo;

/// <summary>What the demo has found out; also its JSON.</summary>
/// <param name="Messages">Different messages in all files together.</param>
/// <param name="Lost">Messages that a file misses, added up over the files.</param>
/// <param name="Duplicated">Messages that a file has more than once, added up over the files.</param>
/// <param name="ConnectMs">From accepting the invitation to the open session, for the first who joins.</param>
/// <param name="MedianLatencyUs">From calling SendAsync to the last of the others' loops, one message in flight.</param>
/// <param name="LocalCandidate">The kind of our end of the path.</param>
/// <param name="RemoteCandidate">The kind of the other end.</param>
/// <param name="CipherSuite">The cipher suite of DTLS.</param>
/// <param name="SameOrder">Whether all files show the messages in the same order.</param>
/// <param name="People">What each file holds.</param>
internal sealed record DemoResult(
    int Messages, int Lost, int Duplicated, int ConnectMs, int MedianLatencyUs, string LocalCandidate, string RemoteCandidate, string CipherSuite,
    bool SameOrder, IReadOnlyList<DemoFile> People);

/// <summary>What one person's file holds.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Written">Messages in it that this person wrote.</param>
/// <param name="Received">Messages in it that others wrote.</param>
/// <param name="Lost">Messages that it misses.</param>
/// <param name="Duplicated">Messages that it has more than once.</param>
internal sealed record DemoFile(string Name, int Written, int Received, int Lost, int Duplicated);
