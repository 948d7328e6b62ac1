namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>The messages that are sent, and if need be sent again, together (RFC 6347 section 4.2.4).</summary>
internal sealed class HandshakeFlight
{
    private readonly List<Part> _parts = [];
    private ushort _nextSequence;

    /// <summary>Whether it was never sent.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Whether a part of it is sealed.</summary>
    public bool IsSealed => _parts.Exists(part => part.IsSealed);

    /// <summary>Forgets the last flight: the peer has answered it.</summary>
    public void Begin()
    {
        _parts.Clear();
        IsNew = true;
    }

    /// <summary>Adds a message under the next number; returns it with its header.</summary>
    public ReadOnlySpan<byte> Add(HandshakeType type, ReadOnlySpan<byte> body, bool isSealed)
    {
        byte[] message = new byte[HandshakeFragment.HeaderSize + body.Length];
        HandshakeFragment.WriteHeader(message, type, _nextSequence++, body.Length, 0, body.Length);
        body.CopyTo(message.AsSpan(HandshakeFragment.HeaderSize));
        _parts.Add(new Part(message, isSealed));
        return message;
    }

    public void AddChangeCipherSpec() => _parts.Add(new Part(null, false));

    public void WriteTo(RecordPacker packer, DtlsRecordLayer? records)
    {
        IsNew = false;
        foreach (Part part in _parts)
        {
            if (part.Message is { } message) packer.AddMessage(message, part.IsSealed ? records : null);
            else packer.Add(DtlsContentType.ChangeCipherSpec, [1], null);
        }
    }

    /// <param name="Message">Null for a change of cipher spec.</param>
    /// <param name="IsSealed">Whether it goes in a protected record.</param>
    private readonly record struct Part(byte[]? Message, bool IsSealed);
}
