using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using BerOfChat.Primitives;
using BerOfChat.Simulation;
using BerOfChat.WebRtc.Connection;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;
using BerOfChat.WebRtc.Ice;
using BerOfChat.WebRtc.Sctp;
using BerOfChat.WebRtc.Sdp;

namespace BerOfChat.WebRtc.Tests.Connection;

/// <summary>A peer on a socket of its own that connects honestly, and then says whatever a test makes it say, sealed with the right keys and under the right tag.</summary>
internal sealed class HostilePeer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly DtlsCertificate _certificate = DtlsCertificate.Create(new SeededRandomSource(666), DateTimeOffset.UtcNow);
    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly KeyTap _tap;
    private readonly PeerConnectionCore _core;
    private readonly byte[] _buffer = new byte[SctpLimits.LargestPacketSize];
    private readonly byte[] _datagram = new byte[PeerConnectionCore.LargestDatagramSize];
    private readonly int _channel;
    private DtlsRecordLayer? _records;
    private SocketAddress? _victim;

    public HostilePeer()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Blocking = false;
        _tap = new KeyTap(new DtlsHandshake(_certificate, new SeededRandomSource(1)));
        _core = new PeerConnectionCore(new SeededRandomSource(2), _tap, _certificate.Sha256Fingerprint);
        _channel = _core.Channels.Open("boc", "", isOrdered: true, negotiatedId: 0);
    }

    /// <summary>The tag under which the victim listens.</summary>
    public uint Tag { get; private set; }

    /// <summary>The number of the next chunk that the victim expects.</summary>
    public uint NextTsn { get; set; }

    /// <summary>Where its datagrams come from.</summary>
    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Connects to a victim that has opened the negotiated channel 0.</summary>
    public async Task ConnectAsync(PeerConnection victim, CancellationToken cancellationToken)
    {
        SessionDescription offer = await victim.CreateOfferAsync(cancellationToken);
        Assert.True(SdpDocument.TryParse(offer.Sdp, out SdpDocument? document, out _));
        _core.SetRemote(document!, isOffer: true, _clock.Now);
        await victim.SetLocalDescriptionAsync(offer, cancellationToken);
        await victim.SetRemoteDescriptionAsync(new SessionDescription(SessionDescriptionType.Answer, _core.CreateAnswer().ToString()), cancellationToken);
        _core.AddLocalAddress(0, TransportAddress.From(IPAddress.Loopback, Address.Port), _clock.Now);
        _core.EndOfLocalAddresses(_clock.Now);
        await foreach (string candidate in victim.ReadLocalCandidatesAsync(cancellationToken)) _core.TryAddRemoteCandidate(candidate, _clock.Now);
        while (!_core.Channels.IsConnected || _core.State != PeerConnectionState.Connected)
        {
            Pump();
            while (_core.TryReadEvent(out ConnectionEvent e))
            {
                if (e.Kind == ConnectionEventKind.LocalCandidate) await victim.AddIceCandidateAsync(e.Text, cancellationToken);
            }

            await Task.Delay(1, cancellationToken);
        }

        TakeOver();
    }

    public uint TakeTsn() => unchecked(NextTsn++);

    /// <summary>Sends one chunk in a packet of its own.</summary>
    public void Say(ChunkType type, ReadOnlySpan<byte> value, byte flags = 0)
    {
        PacketWriter writer = new(_buffer.AsSpan(0, SctpLimits.MaxPacketSize), type == ChunkType.Init ? 0 : Tag);
        writer.WriteChunk(type, flags, value);
        Say(_buffer.AsSpan(0, writer.Finish()));
    }

    /// <summary>Sends a packet, or what is none, sealed.</summary>
    public void Say(ReadOnlySpan<byte> packet) => Transmit(_datagram.AsSpan(0, _records!.Seal(DtlsContentType.ApplicationData, packet, _datagram)));

    /// <summary>Sends a datagram as it is.</summary>
    public void Transmit(ReadOnlySpan<byte> datagram)
    {
        try
        {
            _socket.SendTo(datagram, SocketFlags.None, _victim!);
        }
        catch (SocketException)
        {
            // A full buffer loses it, and nobody listens any more behind a closed one.
        }
    }

    /// <summary>Takes what the victim says, and answers its checks.</summary>
    public void Pump()
    {
        SocketAddress from = new(AddressFamily.InterNetwork);
        byte[] received = new byte[ushort.MaxValue];
        while (_socket.Available > 0)
        {
            int length;
            try
            {
                length = _socket.ReceiveFrom(received, SocketFlags.None, from);
            }
            catch (SocketException)
            {
                continue;
            }

            if (TransportAddress.TryFrom(from, out TransportAddress source)) _core.HandleDatagram(0, source, received.AsSpan(0, length), _clock.Now);
        }

        MonotonicTime now = _clock.Now;
        if (_core.NextTimeout <= now) _core.HandleTimeout(now);
        while (_core.WriteDatagram(_datagram, out IceRoute route, now) is > 0 and int length)
        {
            _victim = route.Remote.ToSocketAddress();
            Transmit(_datagram.AsSpan(0, length));
        }
    }

    public void Dispose()
    {
        _records?.Dispose();
        _tap.Keys?.Dispose();
        _core.Dispose();
        _socket.Dispose();
        _certificate.Dispose();
    }

    // What the core says from here on is behind the records of our own, and not believed.
    private void TakeOver()
    {
        _records = new DtlsRecordLayer(_tap.Keys!);
        NextTsn = _core.Channels.Association.Sender.LastAssignedTsn + 1;
        _core.Channels.Send(_channel, DataChannelMessageKind.Text, "honest so far"u8);
        int length = _core.Channels.WritePacket(_buffer, _clock.Now);
        Tag = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(4));
        Say(_buffer.AsSpan(0, length));
        TakeTsn();
    }
}
