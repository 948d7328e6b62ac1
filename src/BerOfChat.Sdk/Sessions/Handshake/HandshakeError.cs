using System.Diagnostics.CodeAnalysis;

namespace BerOfChat.Sessions.Handshake;

/// <summary>All that may be said to somebody who has not proven who it is: two bytes, the mark and a code.</summary>
internal enum HandshakeError : byte
{
    /// <summary>The versions or suites do not go together.</summary>
    Version = 1,

    /// <summary>Too many handshakes at once.</summary>
    Busy = 2,

    /// <summary>The handshake failed, for whatever reason.</summary>
    Failed = 3,
}

/// <summary>The bytes of a <see cref="HandshakeError"/>.</summary>
internal static class HandshakeErrorMessage
{
    public const int Size = 2;

    public static int Write(HandshakeError error, Span<byte> destination)
    {
        destination[0] = Mark;
        destination[1] = (byte)error;
        return Size;
    }

    /// <summary>Reads an error; no other message of a session is as short.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, [NotNullWhen(true)] out HandshakeError? error)
    {
        error = message is [Mark, _] ? (HandshakeError)message[1] : null;
        return error is not null;
    }

    /// <summary>What an error of the peer means for the session. It is not authenticated: whoever can write on the link could have sent it.</summary>
    public static SessionEnd ToEnd(HandshakeError error) => error switch
    {
        HandshakeError.Version => new(BerOfChatErrorCode.HandshakeFailed, "The peer's version does not go together with this one. Update the older of the two.") { IsByPeer = true },
        HandshakeError.Busy => new(BerOfChatErrorCode.HandshakeFailed, "The peer is busy. It will be tried again.") { IsByPeer = true, IsTransient = true },
        _ => new(BerOfChatErrorCode.HandshakeFailed, "The peer refused the handshake: it does not accept this account or device, or the invitation is another one.") { IsByPeer = true },
    };

    private const byte Mark = 0x1F;
}
