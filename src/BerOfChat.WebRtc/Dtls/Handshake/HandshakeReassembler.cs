namespace BerOfChat.WebRtc.Dtls.Handshake;

/// <summary>Puts handshake messages together from pieces that come in any order, twice or overlapping, and gives them out in order.</summary>
internal sealed class HandshakeReassembler
{
    private readonly PartialMessage?[] _messages = new PartialMessage?[HandshakeLimits.MaxAhead];

    /// <summary>The number of the message that is given out next.</summary>
    public int NextSequence { get; private set; }

    /// <summary>Keeps a piece. False when it is dropped: of a message that was given out already, too far ahead, or contrary to another piece of the same message.</summary>
    public bool TryAdd(HandshakeFragment fragment)
    {
        if (fragment.Sequence < NextSequence || fragment.Sequence >= NextSequence + HandshakeLimits.MaxAhead) return false;
        ref PartialMessage? message = ref _messages[fragment.Sequence % HandshakeLimits.MaxAhead];
        message ??= new PartialMessage(fragment);
        return message.TryAdd(fragment);
    }

    /// <summary>The next message with its header as if it were in one piece, as the transcript wants it; null while it is incomplete.</summary>
    public byte[]? TryTake()
    {
        ref PartialMessage? next = ref _messages[NextSequence % HandshakeLimits.MaxAhead];
        if (next is not { IsComplete: true }) return null;
        byte[] bytes = next.Bytes;
        next = null;
        NextSequence++;
        return bytes;
    }

    private sealed class PartialMessage
    {
        private readonly HandshakeType _type;
        private readonly bool[] _has;
        private int _missing;

        public PartialMessage(HandshakeFragment first)
        {
            _type = first.Type;
            _missing = first.Length;
            _has = first.IsWhole ? [] : new bool[first.Length];
            Bytes = new byte[HandshakeFragment.HeaderSize + first.Length];
            HandshakeFragment.WriteHeader(Bytes, first.Type, first.Sequence, first.Length, 0, first.Length);
        }

        public byte[] Bytes { get; }

        public bool IsComplete => _missing == 0;

        public bool TryAdd(HandshakeFragment fragment)
        {
            if (fragment.Type != _type || fragment.Length != Bytes.Length - HandshakeFragment.HeaderSize) return false;
            if (IsComplete) return fragment.Length == 0;
            Span<byte> destination = Bytes.AsSpan(HandshakeFragment.HeaderSize + fragment.Offset, fragment.Body.Length);
            if (fragment.IsWhole)
            {
                fragment.Body.CopyTo(destination);
                _missing = 0;
                return true;
            }

            // What is there stays: a piece that says otherwise changes nothing.
            Span<bool> has = _has.AsSpan(fragment.Offset, fragment.Body.Length);
            for (int i = 0; i < has.Length; i++)
            {
                if (has[i]) continue;
                destination[i] = fragment.Body[i];
                has[i] = true;
                _missing--;
            }

            return true;
        }
    }
}
