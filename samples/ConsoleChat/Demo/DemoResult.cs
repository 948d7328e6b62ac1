namespace ConsoleChat.Demo;

/// <summary>What the demo has found out; also its JSON.</summary>
/// <param name="Messages">Different messages in the two files together.</param>
/// <param name="Lost">Messages that one of the files misses.</param>
/// <param name="Duplicated">Messages that a file has more than once.</param>
/// <param name="ConnectMs">From accepting the invitation to the open session.</param>
/// <param name="MedianLatencyUs">From calling SendAsync to the other side's loop, one message in flight.</param>
/// <param name="LocalCandidate">The kind of our end of the path.</param>
/// <param name="RemoteCandidate">The kind of the other end.</param>
/// <param name="CipherSuite">The cipher suite of DTLS.</param>
internal sealed record DemoResult(int Messages, int Lost, int Duplicated, int ConnectMs, int MedianLatencyUs, string LocalCandidate, string RemoteCandidate, string CipherSuite);
