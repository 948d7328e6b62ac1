using BerOfChat.Client;

namespace BerOfChat;

/// <summary>Connects two devices without any server: one shows a code, the other answers with a code, and people carry both, by messenger, by mail or as QR codes.</summary>
/// <remarks>
/// Works for somebody new to the room and again for members who have lost each other, for example after both were restarted. A code is good for ten minutes and for one connection; both
/// clients stay open meanwhile. Whoever sees the first code learns the network addresses of its device, and can answer it; the answer can only be read by the device that it answers. Codes
/// have at most 362 characters (a QR code of version 12) and 293 characters. Needs the WebRTC transport, which is the default.
/// </remarks>
public static class ManualSignaling
{
    /// <summary>Makes the first code. Give <see cref="ManualOffer.Code"/> to the other person, and what comes back to <see cref="ManualOffer.ConnectAsync"/>.</summary>
    /// <param name="room">The room into which the other device comes, or comes back.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BerOfChatException"><see cref="BerOfChatErrorCode.ConnectionFailed"/> when this device has no network, or <see cref="BerOfChatErrorCode.Closed"/>.</exception>
    /// <exception cref="InvalidOperationException">The client does not use the WebRTC transport.</exception>
    public static Task<ManualOffer> OfferAsync(Room room, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(room);
        return room.OfferManuallyAsync(cancellationToken);
    }

    /// <summary>Answers a first code. Give <see cref="ManualAnswer.Code"/> back to the person it came from, and wait with <see cref="ManualAnswer.WaitForRoomAsync"/>.</summary>
    /// <param name="client">Who answers.</param>
    /// <param name="code">The first code, as it was copied.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BerOfChatException">
    /// <see cref="BerOfChatErrorCode.ManualCodeMalformed"/>, <see cref="BerOfChatErrorCode.ManualCodeMismatch"/> or <see cref="BerOfChatErrorCode.ManualCodeExpired"/>: the text says what
    /// is wrong with the code and what to do; <see cref="BerOfChatErrorCode.ConnectionFailed"/> when this device has no network, or <see cref="BerOfChatErrorCode.Closed"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The client does not use the WebRTC transport.</exception>
    public static Task<ManualAnswer> AnswerAsync(BerOfChatClient client, string code, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(code);
        return client.AnswerManuallyAsync(code, cancellationToken);
    }

    /// <summary>How long codes are good.</summary>
    public static TimeSpan Lifetime => ManualConnection.Lifetime;
}
