using BerOfChat.Simulation;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.DataChannels;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;
using BerOfChat.WebRtc.Sctp;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>One of the two connections of a <see cref="CoreWorld"/>, with its sockets, and what it has seen so far.</summary>
internal sealed class CoreEnd
{
    private readonly Dictionary<string, int> _checked = [];
    private readonly Dictionary<string, long> _bytesSent = [], _bytesReceived = [];

    public CoreEnd(string name, int seed, DtlsCertificate certificate, SctpExtensions extensions, bool useSnap)
    {
        Name = name;
        SeededRandomSource random = new(seed);
        Core = new PeerConnectionCore(random, new DtlsHandshake(certificate, random), certificate.Sha256Fingerprint, extensions: extensions) { UseSnap = useSnap };
    }

    public string Name { get; }

    public PeerConnectionCore Core { get; }

    /// <summary>Our sockets by their number: the address they are bound to, and the one that others see; null when the network has taken it away.</summary>
    public Dictionary<int, (TransportAddress Inside, TransportAddress? Outside)> Sockets { get; } = [];

    public List<ConnectionEvent> Ends { get; } = [];

    public List<PeerConnectionState> States { get; } = [];

    /// <summary>Handles of open channels by label.</summary>
    public Dictionary<string, int> Channels { get; } = [];

    /// <summary>What was sent and received, by label.</summary>
    public Dictionary<string, List<byte[]>> Sent { get; } = [];

    public Dictionary<string, List<byte[]>> Received { get; } = [];

    /// <summary>Whether a datagram other than a question was larger than what the path is known to carry, or than a lost one was.</summary>
    public bool HasExceededPath { get; set; }

    /// <summary>Whether something was sent after the end, except for the farewell.</summary>
    public bool HasSpokenAfterEnd { get; set; }

    /// <summary>Whether something other than STUN was sent to where no authentic check came from.</summary>
    public bool HasTrustedStranger { get; set; }

    /// <summary>Whether a time-out was still due after it had been handled.</summary>
    public bool HasSpun { get; set; }

    /// <summary>Whether there was still something to send when there was said to be nothing.</summary>
    public bool HasHeldBack { get; set; }

    public bool IsOver => Ends.Count > 0;

    public SctpSender Sender => Core.Channels.Association.Sender;

    /// <summary>The sender as it was after the step before.</summary>
    public (long LastTsn, long Acknowledged, uint PeerWindow) Before { get; private set; }

    public void NoteStep() => Before = (Sender.LastTsn, Sender.CumulativeAcknowledged, Sender.PeerReceiveWindow);

    public void NoteSent(string label, byte[] message)
    {
        List(Sent, label).Add(message);
        _bytesSent[label] = BytesSentOn(label) + message.Length;
    }

    public void NoteReceived(ReceivedMessage message)
    {
        string label = Core.Channels.TryGetChannel(message.Channel, out ChannelState? channel) ? channel!.Label : Channels.First(c => c.Value == message.Channel).Key;
        List(Received, label).Add(message.Payload.ToArray());
        _bytesReceived[label] = BytesReceivedOn(label) + message.Payload.Length;
        message.Payload.Release();
    }

    public List<byte[]> ReceivedOn(string label) => List(Received, label);

    public List<byte[]> SentOn(string label) => List(Sent, label);

    public long BytesSentOn(string label) => _bytesSent.GetValueOrDefault(label);

    public long BytesReceivedOn(string label) => _bytesReceived.GetValueOrDefault(label);

    public int Checked(string label) => _checked.GetValueOrDefault(label);

    public void NoteChecked(string label, int count) => _checked[label] = count;

    private static List<byte[]> List(Dictionary<string, List<byte[]>> lists, string label)
    {
        if (!lists.TryGetValue(label, out List<byte[]>? list)) lists.Add(label, list = []);
        return list;
    }
}
