namespace BerOfChat.WebRtc;

/// <summary>A message that arrived.</summary>
/// <param name="Kind">Text or binary.</param>
/// <param name="Payload">The bytes (of text: UTF-8). Valid until the next message is asked for.</param>
public readonly record struct DataChannelMessage(DataChannelMessageKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The payload as text; bytes that are no UTF-8 become replacement characters.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Payload.Span);
}
