using BerOfChat.Client;

namespace BerOfChat;

/// <summary>An answer to a first code, which waits until the other person has entered it. Dispose it to give up; a connection that was made stays.</summary>
public sealed class ManualAnswer : IAsyncDisposable
{
    private readonly ManualAnswerer _answerer;
    private readonly Func<RoomHost, Room> _find;

    internal ManualAnswer(ManualAnswerer answerer, Func<RoomHost, Room> find)
    {
        _answerer = answerer;
        _find = find;
        IssuerId = new PeerId(answerer.Issuer.ToArray());
    }

    /// <summary>The code to give back: <c>berofchat:answer#…</c>, at most 293 characters.</summary>
    public string Code => _answerer.Code;

    /// <summary>Until when it can be entered.</summary>
    public DateTimeOffset ExpiresAt => _answerer.ExpiresAt;

    /// <summary>Who made the first code, and must prove to be this account.</summary>
    public PeerId IssuerId { get; }

    /// <summary>Waits until the devices are connected and this account can read the room: it joined, or came back.</summary>
    /// <param name="cancellationToken">Ends the wait, not the attempt.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.ConnectionTimeout"/>, <see cref="BerOfChatErrorCode.ConnectionFailed"/> or <see cref="BerOfChatErrorCode.HandshakeFailed"/>: exchange new codes.
    /// <see cref="BerOfChatErrorCode.NotAMember"/> when the other device may not let anybody in. Or <see cref="BerOfChatErrorCode.Closed"/>.
    /// </exception>
    public async Task<Room> WaitForRoomAsync(CancellationToken cancellationToken = default) => _find(await _answerer.Room.WaitAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Gives up. A connection that was made stays.</summary>
    public ValueTask DisposeAsync() => _answerer.DisposeAsync();
}
