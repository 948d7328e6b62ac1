using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using BerOfChat.Primitives;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Tests.Turn;

/// <summary>A STUN and TURN server (RFC 8489, RFC 8656) in virtual time: datagrams and times go in, datagrams come out.</summary>
/// <remarks>
/// It owns its own address and those of its relays: give it every datagram that is sent to one of them (<see cref="Owns"/>), then take what it sends. It is written
/// from the RFC and shares with the client only the codec, which published vectors verify. What it refuses it counts.
/// </remarks>
internal sealed class TurnServerModel(TransportAddress address, TurnServerModelOptions? options = null)
{
    private const int MaxMessageSize = 70_000;
    private static readonly TimeSpan s_defaultLifetime = TimeSpan.FromMinutes(10);

    private readonly Dictionary<TransportAddress, TurnServerAllocation> _byClient = [];
    private readonly Dictionary<TransportAddress, TurnServerAllocation> _byRelay = [];
    private readonly Queue<(TransportAddress From, TransportAddress To, byte[] Packet)> _outgoing = [];
    private readonly Dictionary<string, MonotonicTime> _nonces = [];
    private readonly byte[] _buffer = new byte[MaxMessageSize];
    private ushort _nextPort = 49_152;
    private int _nonceNumber;

    public TransportAddress Address { get; } = address;

    public TurnServerModelOptions Options { get; set; } = options ?? new();

    /// <summary>The allocations that are alive, as of the last datagram.</summary>
    public IReadOnlyCollection<TurnServerAllocation> Allocations => _byClient.Values;

    /// <summary>Requests by method, also those that were refused.</summary>
    public Dictionary<StunMessageType, int> Requests { get; } = [];

    /// <summary>Refusals by code.</summary>
    public Dictionary<int, int> Errors { get; } = [];

    /// <summary>Datagrams that went through a relay, in either direction; and those for which there was no permission, channel or allocation.</summary>
    public int Relayed { get; private set; }

    public int Dropped { get; private set; }

    /// <summary>How many allocations were given back by their clients.</summary>
    public int Released { get; private set; }

    /// <summary>Whether datagrams to this address are the server's.</summary>
    public bool Owns(TransportAddress to) => to == Address || _byRelay.ContainsKey(to);

    /// <summary>Handles a datagram that arrives at the server, or at one of its relays.</summary>
    public void HandleDatagram(TransportAddress from, TransportAddress to, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        foreach (TurnServerAllocation expired in _byClient.Values.Where(allocation => allocation.End <= now).ToArray()) Remove(expired);
        if (_byRelay.TryGetValue(to, out TurnServerAllocation? allocation)) HandleFromPeer(allocation, from, packet, now);
        else if (to != Address) Dropped++;
        else if (packet.Length >= 4 && packet[0] is >= 0x40 and <= 0x4F) HandleChannelData(from, packet, now);
        else if (StunMessage.TryParse(packet, out StunMessage message)) HandleMessage(from, message, now);
        else Dropped++;
    }

    /// <summary>Takes the next datagram that the server, or one of its relays, sends.</summary>
    public bool TryTake(out TransportAddress from, out TransportAddress to, out byte[] packet)
    {
        bool found = _outgoing.TryDequeue(out (TransportAddress From, TransportAddress To, byte[] Packet) next);
        (from, to, packet) = next;
        return found;
    }

    /// <summary>Forgets everything, as when the process is started again.</summary>
    public void Restart()
    {
        _byClient.Clear();
        _byRelay.Clear();
        _nonces.Clear();
    }

    private void HandleMessage(TransportAddress client, StunMessage message, MonotonicTime now)
    {
        switch (message.Type)
        {
            case StunMessageType.BindingRequest:
                Count(message.Type);
                Reply(client, message, key: null, (ref StunWriter writer, StunTransactionId id) => XorAddress.Write(ref writer, StunAttributeType.XorMappedAddress, client, id));
                break;
            case StunMessageType.SendIndication:
                HandleSend(client, message, now);
                break;
            case StunMessageType.AllocateRequest or StunMessageType.RefreshRequest or StunMessageType.CreatePermissionRequest or StunMessageType.ChannelBindRequest:
                Count(message.Type);
                HandleRequest(client, message, now);
                break;
            default:
                Dropped++;
                break;
        }
    }

    private void HandleRequest(TransportAddress client, StunMessage request, MonotonicTime now)
    {
        if (Options is { AlternateServer: not null, RedirectsStrangers: true } && request.Type == StunMessageType.AllocateRequest)
        {
            Refuse(client, request, 300, key: null);
            return;
        }

        byte[]? key = null;
        string username = "";
        if (Options.RequiresCredentials)
        {
            int code = Authenticate(request, now, out key, out username);
            if (code != 0)
            {
                Refuse(client, request, code, key: null, code == 400 ? null : NewNonce(now));
                return;
            }
        }

        int refusal = Options.Refuse?.Invoke(request.Type) ?? 0;
        if (refusal == 0) refusal = request.TryFindUnknownRequired(out _) ? 420 : Execute(client, request, username, key, now);
        if (refusal != 0) Refuse(client, request, refusal, key);
    }

    /// <summary>RFC 8489 section 9.2.4; 0 when all is well.</summary>
    private int Authenticate(StunMessage request, MonotonicTime now, out byte[]? key, out string username)
    {
        (key, username) = (null, "");
        if (!request.HasIntegrity) return 401;
        if (!request.TryGet(StunAttributeType.Username, out ReadOnlySpan<byte> name) || !request.TryGet(StunAttributeType.Realm, out _) || !request.TryGet(StunAttributeType.Nonce, out ReadOnlySpan<byte> nonce)) return 400;
        bool isFresh = _nonces.TryGetValue(Encoding.UTF8.GetString(nonce), out MonotonicTime issued) && !(now - issued >= Options.NonceLifetime) && !Options.IsNonceAlwaysStale;
        if (!isFresh) return 438;
        username = Encoding.UTF8.GetString(name);
        if (Options.FindPassword(username, now) is not { } password) return 401;
#pragma warning disable CA5351 // The key of RFC 8489 section 9.2.2.
        key = MD5.HashData(Encoding.UTF8.GetBytes($"{username}:{Options.Realm}:{password}"));
#pragma warning restore CA5351
        return request.VerifyIntegrity(key) ? 0 : 401;
    }

    private int Execute(TransportAddress client, StunMessage request, string username, byte[]? key, MonotonicTime now)
    {
        TurnServerAllocation? allocation = _byClient.GetValueOrDefault(client);
        if (request.Type == StunMessageType.AllocateRequest) return Allocate(client, request, allocation, username, key, now);
        if (allocation is null) return request.Type == StunMessageType.RefreshRequest ? 437 : Options.MismatchCode;
        if (allocation.Username != username) return 441;
        if (request.Type == StunMessageType.RefreshRequest) return Refresh(allocation, request, key, now);

        if (!XorAddress.TryRead(request, StunAttributeType.XorPeerAddress, out TransportAddress peer)) return 400;
        if (peer.IsIPv6 != allocation.Relayed.IsIPv6) return 443;
        if (Options.IsForbidden(peer)) return 403;
        if (request.Type == StunMessageType.ChannelBindRequest)
        {
            if (!request.TryGetUInt32(StunAttributeType.ChannelNumber, out uint number) || number >> 16 is < 0x4000 or > 0x4FFF) return 400;
            if (!allocation.TryBind((ushort)(number >> 16), peer, now + Options.ChannelLifetime, now)) return 400;
        }

        allocation.Permit(peer, now + Options.PermissionLifetime);
        Reply(client, request, key, (ref StunWriter _, StunTransactionId _) => { });
        return 0;
    }

    private int Allocate(TransportAddress client, StunMessage request, TurnServerAllocation? existing, string username, byte[]? key, MonotonicTime now)
    {
        if (existing is not null && existing.CreatedBy != request.TransactionId) return 437;
        if (existing is null)
        {
            if (Options.AlternateServer is not null) return 300;
            if (!request.TryGetUInt32(StunAttributeType.RequestedTransport, out uint transport)) return 400;
            if (transport >> 24 != 17) return 442;
            bool wantsIPv6 = request.TryGetUInt32(StunAttributeType.RequestedAddressFamily, out uint family) && family >> 24 == 2;
            if ((wantsIPv6 ? Options.RelayIPv6 : Options.RelayIPv4) is not { } relay) return 440;
            if (_byClient.Values.Count(allocation => allocation.Username == username) >= Options.Quota) return 486;
            if (_byClient.Count >= Options.Capacity) return 508;
            existing = new TurnServerAllocation(client, TransportAddress.From(relay, _nextPort++), username, request.TransactionId) { End = now + LifetimeFor(request) };
            _byClient.Add(client, existing);
            _byRelay.Add(existing.Relayed, existing);
        }

        TransportAddress relayed = existing.Relayed;
        uint seconds = (uint)(existing.End - now).TotalSeconds;
        Reply(client, request, key, (ref StunWriter writer, StunTransactionId id) =>
        {
            XorAddress.Write(ref writer, StunAttributeType.XorRelayedAddress, relayed, id);
            XorAddress.Write(ref writer, StunAttributeType.XorMappedAddress, client, id);
            writer.Write(StunAttributeType.Lifetime, seconds);
        });
        return 0;
    }

    private int Refresh(TurnServerAllocation allocation, StunMessage request, byte[]? key, MonotonicTime now)
    {
        TimeSpan lifetime = LifetimeFor(request);
        allocation.End = now + lifetime;
        if (lifetime == TimeSpan.Zero)
        {
            Remove(allocation);
            Released++;
        }

        Reply(allocation.Client, request, key, (ref StunWriter writer, StunTransactionId _) => writer.Write(StunAttributeType.Lifetime, (uint)lifetime.TotalSeconds));
        return 0;
    }

    /// <summary>At least the default unless it is to end, at most what is allowed (RFC 8656 section 7.2).</summary>
    private TimeSpan LifetimeFor(StunMessage request)
    {
        TimeSpan wanted = request.TryGetUInt32(StunAttributeType.Lifetime, out uint seconds) ? TimeSpan.FromSeconds(seconds) : s_defaultLifetime;
        if (wanted == TimeSpan.Zero) return wanted;
        TimeSpan granted = wanted > s_defaultLifetime ? wanted : s_defaultLifetime;
        return granted < Options.MaxLifetime ? granted : Options.MaxLifetime;
    }

    private void HandleSend(TransportAddress client, StunMessage indication, MonotonicTime now)
    {
        bool isWhole = XorAddress.TryRead(indication, StunAttributeType.XorPeerAddress, out TransportAddress peer);
        if (isWhole && indication.TryGet(StunAttributeType.Data, out ReadOnlySpan<byte> data) && _byClient.TryGetValue(client, out TurnServerAllocation? allocation) && allocation.IsPermitted(peer, now))
            Send(allocation.Relayed, peer, data);
        else
            Dropped++;
    }

    private void HandleChannelData(TransportAddress client, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        ushort number = BinaryPrimitives.ReadUInt16BigEndian(packet);
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (length <= packet.Length - 4 && _byClient.TryGetValue(client, out TurnServerAllocation? allocation) && allocation.TryFindPeer(number, now, out TransportAddress peer))
            Send(allocation.Relayed, peer, packet.Slice(4, length));
        else
            Dropped++;
    }

    private void HandleFromPeer(TurnServerAllocation allocation, TransportAddress peer, ReadOnlySpan<byte> data, MonotonicTime now)
    {
        if (!allocation.IsPermitted(peer, now))
        {
            Dropped++;
            return;
        }

        if (allocation.FindChannel(peer, now) is not 0 and ushort channel)
        {
            byte[] packet = new byte[4 + (Options.IsStream ? (data.Length + 3) & ~3 : data.Length)];
            BinaryPrimitives.WriteUInt16BigEndian(packet, channel);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)data.Length);
            data.CopyTo(packet.AsSpan(4));
            Send(Address, allocation.Client, packet);
            return;
        }

        StunTransactionId id = StunTransactionId.Read(SHA256.HashData(data).AsSpan(0, StunTransactionId.Size));
        StunWriter writer = new(_buffer, StunMessageType.DataIndication, id);
        XorAddress.Write(ref writer, StunAttributeType.XorPeerAddress, peer, id);
        writer.Write(StunAttributeType.Data, data);
        Send(Address, allocation.Client, _buffer.AsSpan(0, writer.Finish([])));
    }

    private void Refuse(TransportAddress client, StunMessage request, int code, byte[]? key, string? nonce = null)
    {
        Errors[code] = Errors.GetValueOrDefault(code) + 1;
        StunWriter writer = new(_buffer, request.Type.Error(), request.TransactionId);
        writer.WriteError(code, "Refused"u8);
        if (nonce is not null)
        {
            writer.Write(StunAttributeType.Realm, Encoding.UTF8.GetBytes(Options.Realm));
            writer.Write(StunAttributeType.Nonce, Encoding.UTF8.GetBytes(nonce));
        }

        if (code == 300 && Options.AlternateServer is { } alternate) writer.Write(StunAttributeType.AlternateServer, Plain(alternate));
        if (code == 300 && Options.AlternateDomain is { } domain) writer.Write(StunAttributeType.AlternateDomain, Encoding.ASCII.GetBytes(domain));
        Emit(Address, client, _buffer.AsSpan(0, writer.Finish(Options.SignsErrors ? key : null)));
    }

    private void Reply(TransportAddress client, StunMessage request, byte[]? key, WriteAttributes write)
    {
        StunWriter writer = new(_buffer, request.Type.Success(), request.TransactionId);
        writer.Write(StunAttributeType.Software, "a model of a server"u8);
        write(ref writer, request.TransactionId);
        Emit(Address, client, _buffer.AsSpan(0, writer.Finish(key)));
    }

    private void Send(TransportAddress from, TransportAddress to, ReadOnlySpan<byte> packet)
    {
        Relayed++;
        Emit(from, to, packet);
    }

    private void Emit(TransportAddress from, TransportAddress to, ReadOnlySpan<byte> packet) => _outgoing.Enqueue((from, to, packet.ToArray()));

    private string NewNonce(MonotonicTime now)
    {
        string nonce = string.Create(CultureInfo.InvariantCulture, $"nonce-{_nonceNumber++}");
        _nonces.Add(nonce, now);
        return nonce;
    }

    private void Remove(TurnServerAllocation allocation)
    {
        _byClient.Remove(allocation.Client);
        _byRelay.Remove(allocation.Relayed);
    }

    private void Count(StunMessageType type) => Requests[type] = Requests.GetValueOrDefault(type) + 1;

    private static byte[] Plain(TransportAddress server)
    {
        IPAddress ip = server.ToIPAddress();
        return [0, (byte)(server.IsIPv6 ? 2 : 1), (byte)(server.Port >> 8), (byte)(server.Port & 0xFF), .. ip.GetAddressBytes()];
    }

    private delegate void WriteAttributes(ref StunWriter writer, StunTransactionId id);
}
