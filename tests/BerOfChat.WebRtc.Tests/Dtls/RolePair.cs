using BerOfChat.Simulation;
using BerOfChat.WebRtc.Dtls;
using BerOfChat.WebRtc.Dtls.Handshake;

namespace BerOfChat.WebRtc.Tests.Dtls;

/// <summary>What client and server say, without records that are lost or time that passes. Any message may be changed by one who has all keys: its sender.</summary>
internal sealed class RolePair : IDisposable
{
    // Every flight in one datagram, and every message in one piece.
    private const int MaxDatagram = 40_000;

    private readonly HandshakeContext[] _contexts;
    private readonly HandshakeRole[] _roles;
    private readonly RecordPacker[] _packers = [new(MaxDatagram), new(MaxDatagram)];
    private readonly ushort[] _nextSequence = new ushort[2];

    public RolePair(DtlsCertificate clientCertificate, DtlsCertificate serverCertificate, int seed = 1)
    {
        _contexts = [new(clientCertificate, new SeededRandomSource(seed), isClient: true), new(serverCertificate, new SeededRandomSource(seed + 1), isClient: false)];
        _roles = [new ClientRole(_contexts[0]), new ServerRole(_contexts[1])];
    }

    public HandshakeContext Client => _contexts[0];

    public HandshakeContext Server => _contexts[1];

    /// <summary>Gives each message's type and body another content, or none: then it is left out.</summary>
    public Func<HandshakeType, byte[], (HandshakeType Type, byte[] Body)?> Alter { get; set; } = (type, body) => (type, body);

    /// <summary>Runs to the end; returns the first alert and whether the client sends it.</summary>
    public (DtlsAlert? Alert, bool IsOfClient) Run()
    {
        _roles[0].Start();
        for (int speaker = 0; _contexts[speaker].Flight.IsNew; speaker = 1 - speaker)
        {
            if (Carry(speaker) is { } alert) return (alert, speaker == 1);
        }

        return (null, false);
    }

    public void Dispose()
    {
        foreach (HandshakeRole role in _roles) role.Dispose();
        foreach (HandshakeContext context in _contexts) context.Dispose();
    }

    private DtlsAlert? Carry(int speaker)
    {
        int hearer = 1 - speaker;
        _contexts[speaker].Flight.WriteTo(_packers[speaker], _contexts[speaker].Records);
        ReadOnlySpan<byte> datagram = Assert.Single(_packers[speaker].Take());
        byte[] plaintext = new byte[MaxDatagram];
        while (DtlsRecordHeader.TryRead(datagram, out DtlsRecordHeader header, out ReadOnlySpan<byte> record))
        {
            datagram = datagram[record.Length..];
            ReadOnlySpan<byte> content = record[DtlsRecordHeader.Size..];
            if (header.Epoch == 1)
            {
                // Who derived other keys cannot even open it.
                if (_contexts[hearer].Records?.TryOpen(header, record, plaintext, out int length) != true) return DtlsAlert.CloseNotify;
                content = plaintext.AsSpan(0, length);
            }

            if (header.Type == DtlsContentType.Handshake && Hear(hearer, content) is { } alert) return alert;
        }

        return null;
    }

    private DtlsAlert? Hear(int hearer, ReadOnlySpan<byte> content)
    {
        Assert.True(HandshakeFragment.TryRead(ref content, out HandshakeFragment fragment));
        if (Alter(fragment.Type, fragment.Body.ToArray()) is not { } altered) return null;
        byte[] message = new byte[HandshakeFragment.HeaderSize + altered.Body.Length];
        HandshakeFragment.WriteHeader(message, altered.Type, _nextSequence[hearer]++, altered.Body.Length, 0, altered.Body.Length);
        altered.Body.CopyTo(message, HandshakeFragment.HeaderSize);
        return _roles[hearer].Handle(altered.Type, message);
    }
}
