using BerOfChat;

namespace ConsoleChat;

/// <summary>Meeting without any server: people carry two codes between the two windows.</summary>
internal sealed class ManualMeeting(BerOfChatClient client, Room room, ChatSettings settings, ProfileDirectory profile, IChatView view) : IAsyncDisposable
{
    private ManualOffer? _offer;
    private ManualAnswer? _answer;

    /// <summary>Whether a text is the first code, which is to be answered.</summary>
    public static bool IsFirstCode(string text) => text.TrimStart().StartsWith("berofchat:offer", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a typed line is a code rather than a message.</summary>
    public static bool IsCode(string line) => line.TrimStart().StartsWith("berofchat:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Answers the first code of somebody, and waits until the room is there.</summary>
    public static async Task<Room> JoinAsync(BerOfChatClient client, string code, IChatView view, CancellationToken cancellationToken)
    {
        await using ManualAnswer answer = await ManualSignaling.AnswerAsync(client, code, cancellationToken);
        Show(answer, view);
        return await answer.WaitForRoomAsync(cancellationToken);
    }

    /// <summary>Makes a first code and shows it.</summary>
    public async Task OfferAsync(CancellationToken cancellationToken)
    {
        if (_offer is not null) await _offer.DisposeAsync();
        _offer = await ManualSignaling.OfferAsync(room, cancellationToken);
        string directory = settings.DataDirectory is null ? "" : $" --data-dir \"{settings.DataDirectory}\"";
        view.ShowCode(
            "code", _offer.Code,
            $"Give this code to the other person; it is good for one answer until {_offer.ExpiresAt.LocalDateTime:HH:mm}. There, or on this machine from a second terminal:",
            $"{Examples.StartAgain} join \"{_offer.Code}\" --profile {profile.ProposeAnother()}{directory}",
            "Then paste here what the other window shows, and press Enter.");
    }

    /// <summary>Takes a code that was pasted: an answer to ours, or somebody's first code.</summary>
    /// <exception cref="BerOfChatException">It is not usable; the text says why and what to do.</exception>
    public async Task EnterAsync(string text, CancellationToken cancellationToken)
    {
        if (_offer is null || (IsFirstCode(text) && text.Trim() != _offer.Code))
        {
            if (_answer is not null) await _answer.DisposeAsync();
            _answer = await ManualSignaling.AnswerAsync(client, text, cancellationToken);
            Show(_answer, view);
            return;
        }

        view.ShowNotice("connecting", "Connecting …");
        PeerIdentity peer = await _offer.ConnectAsync(text, cancellationToken);
        view.ShowNotice("connected", $"Connected with {Names.Of(peer.Id)}, without any server.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_offer is not null) await _offer.DisposeAsync();
        if (_answer is not null) await _answer.DisposeAsync();
    }

    private static void Show(ManualAnswer answer, IChatView view) => view.ShowCode(
        "answer", answer.Code, $"Give this code back to {Names.Of(answer.IssuerId)}, until {answer.ExpiresAt.LocalDateTime:HH:mm}. The connection follows by itself.", null, null);
}
