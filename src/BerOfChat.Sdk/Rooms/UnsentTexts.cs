namespace BerOfChat.Rooms;

/// <summary>Texts that wait for an epoch to be written in.</summary>
internal sealed class UnsentTexts(RoomOutbox outbox)
{
    private readonly Queue<(ulong Ticket, string Text)> _texts = new();
    private ulong _tickets;

    public int Count => _texts.Count;

    /// <summary>Takes a text. <see cref="RoomEvent.Sent"/> or <see cref="RoomEvent.Refused"/> will name the ticket.</summary>
    public ulong Add(string text)
    {
        _texts.Enqueue((++_tickets, text));
        return _tickets;
    }

    public (ulong Ticket, string Text) Take() => _texts.Dequeue();

    /// <summary>None of them will be written.</summary>
    public void Refuse()
    {
        while (_texts.TryDequeue(out (ulong Ticket, string Text) unsent)) outbox.Raise(new RoomEvent.Refused(unsent.Ticket));
    }
}
