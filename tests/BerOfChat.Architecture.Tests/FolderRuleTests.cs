using System.Text.RegularExpressions;

namespace BerOfChat.Architecture.Tests;

/// <summary>A folder is a layer: which layers it may know, and why not the others.</summary>
public sealed partial class FolderRuleTests
{
    /// <summary>Assembly, folder, the folders of the same assembly that it may know, reason.</summary>
    public static TheoryData<string, string, string, string> Rules => new()
    {
        { "BerOfChat.WebRtc", "Stun", "", "a codec stands alone" },
        { "BerOfChat.WebRtc", "Sdp", "", "a text format stands alone" },
        { "BerOfChat.WebRtc", "Buffers", "", "memory knows nothing of what lies in it" },
        { "BerOfChat.WebRtc", "Sctp", "Buffers", "an association needs only packets and time" },
        { "BerOfChat.WebRtc", "Dtls", "", "encryption needs only datagrams and time" },
        { "BerOfChat.WebRtc", "Ice", "Stun", "checks are STUN messages, and nothing else" },
        { "BerOfChat.WebRtc", "Turn", "Stun", "an allocation is made by STUN messages, whatever it is for" },
        { "BerOfChat.WebRtc", "DataChannels", "Buffers Sctp", "channels are streams of an association" },
        { "BerOfChat.WebRtc", "Proxies", "", "what is said to a proxy is bytes" },
        { "BerOfChat.WebRtc", "Connection", "Buffers Stun Turn Ice Dtls Sctp Sdp DataChannels", "it composes the cores and has no socket" },
        { "BerOfChat.Sdk", "Cryptography", "", "primitives know nobody" },
        { "BerOfChat.Sdk", "Formats", "", "reading bytes is everybody's" },
        { "BerOfChat.Sdk", "Identity", "Cryptography", "keys exist before anything is said" },
        { "BerOfChat.Sdk", "Invites", "Cryptography Formats Signaling", "an invitation names addresses of signaling services" },
        { "BerOfChat.Sdk", "Sessions", "Cryptography Identity", "a session serves all rooms and knows none" },
        { "BerOfChat.Sdk", "Logs", "Cryptography Identity Formats", "a log knows no room" },
        { "BerOfChat.Sdk", "Sync", "Cryptography Logs Formats Sessions", "sync compares logs, whatever they mean" },
        { "BerOfChat.Sdk", "Rooms", "Cryptography Identity Formats Logs Sync Storage Sessions", "a room is decided without network and files" },
        { "BerOfChat.Sdk", "Signaling", "Cryptography Identity Formats Invites", "meeting needs no room's content" },
        { "BerOfChat.Sdk", "Storage", "Cryptography", "a row is sealed whatever it says" },
        { "BerOfChat.Sdk", "Transport", "", "a transport carries bytes of anybody" },
        { "BerOfChat.Sdk", "Hosting", "", "a container sees what everybody sees: the public face" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_folder_knows_only_the_layers_below_it(string assembly, string folder, string allowed, string reason)
    {
        string root = Repository.Find("src", assembly);
        string[] folders = [.. Directory.GetDirectories(root).Select(path => Path.GetFileName(path)!).Where(name => name is not ("bin" or "obj"))];
        HashSet<string> permitted = [folder, .. allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        string[] files = Directory.GetFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string code = Comment().Replace(File.ReadAllText(file), "");
            foreach (string other in folders.Where(name => !permitted.Contains(name)))
            {
                bool knows = Regex.IsMatch(code, $@"(using BerOfChat(\.WebRtc)?\.{other}[;.])|(\bBerOfChat\.(WebRtc\.)?{other}\.)|((?<![.\w]){other}\.[A-Z]\w+[.( ])");
                Assert.False(knows, $"{assembly}/{folder}/{Path.GetFileName(file)} knows {other}, but {reason}.");
            }
        }
    }

    /// <summary>What composes the others may know all of them.</summary>
    [Theory]
    [InlineData("BerOfChat.WebRtc", "Sockets")]
    [InlineData("BerOfChat.Sdk", "Client")]
    public void Every_folder_but_the_one_that_runs_the_others_has_a_rule(string assembly, string top)
    {
        IEnumerable<string> ruled = Rules.Where(rule => rule.Data.Item1 == assembly).Select(rule => rule.Data.Item2).Append(top);
        IEnumerable<string> folders = Directory.GetDirectories(Repository.Find("src", assembly)).Select(path => Path.GetFileName(path)!).Where(name => name is not ("bin" or "obj"));
        Assert.Equal(ruled.Order(), folders.Order());
    }

    [Fact]
    public void Only_shells_touch_the_network()
    {
        string[] shells = ["BerOfChat.WebRtc/Sockets/", "BerOfChat.Sdk/Signaling/", "BerOfChat.Sdk.Signaling.Server/"];
        foreach (string file in Repository.SourceFiles())
        {
            string path = Path.GetRelativePath(Repository.Find("src"), file).Replace('\\', '/');
            if (shells.Any(shell => path.StartsWith(shell, StringComparison.Ordinal))) continue;
            string code = Comment().Replace(File.ReadAllText(file), "");
            bool touches = Regex.IsMatch(code, @"System\.Net\.(WebSockets|Http)|\bnew (Socket|UdpClient|TcpClient|TcpListener|HttpClient|ClientWebSocket)\b");
            bool usesSockets = code.Contains("System.Net.Sockets", StringComparison.Ordinal) && Regex.IsMatch(code, @"\bSocket(?!Address)[A-Z(]");
            Assert.False(touches || usesSockets, $"{path} uses a network API; only {string.Join(", ", shells)} may, so that everything else runs in virtual time.");
        }
    }

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
