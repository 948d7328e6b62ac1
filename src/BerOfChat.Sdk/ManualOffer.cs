using BerOfChat.Client;

namespace BerOfChat;

/// <summary>A first code that waits for its answer. Dispose it when no answer is expected any more; a connection that was made stays.</summary>
public sealed class ManualOffer : IAsyncDisposable
{
    private readonly ManualOfferer _offerer;

    internal ManualOffer(ManualOfferer offerer) => _offerer = offerer;

    /// <summary>The code for the other person: <c>berofchat:offer#…</c>, at most 362 characters.</summary>
    public string Code => _offerer.Code;

    /// <summary>Until when it can be answered.</summary>
    public DateTimeOffset ExpiresAt => _offerer.ExpiresAt;

    /// <summary>Takes the answer. Returns when the two devices are connected, and says who answered. A text that is no usable answer changes nothing: try again with the right one.</summary>
    /// <param name="answer">The other person's code, as it was copied.</param>
    /// <param name="cancellationToken">Gives up; the code is then used up if the answer was the right one.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.ManualCodeMalformed"/>, <see cref="BerOfChatErrorCode.ManualCodeMismatch"/>, <see cref="BerOfChatErrorCode.ManualCodeExpired"/> or
    /// <see cref="BerOfChatErrorCode.ManualCodeUsed"/>: the text says what is wrong and what to do. <see cref="BerOfChatErrorCode.ConnectionTimeout"/>,
    /// <see cref="BerOfChatErrorCode.ConnectionFailed"/> or <see cref="BerOfChatErrorCode.HandshakeFailed"/>: make new codes. Or <see cref="BerOfChatErrorCode.Closed"/>.
    /// </exception>
    public Task<PeerIdentity> ConnectAsync(string answer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return _offerer.ConnectAsync(answer, cancellationToken);
    }

    /// <summary>Gives the code up. A connection that was made stays.</summary>
    public ValueTask DisposeAsync() => _offerer.DisposeAsync();
}
