namespace BerOfChat.Hosting;

/// <summary>How the services under a client do, as far as they were used. Written and read from any thread.</summary>
internal sealed class ClientCondition
{
    private int _signaling = None;
    private int _store = None;

    /// <summary>Why the last attempt to join a topic failed; null when it did not.</summary>
    public BerOfChatErrorCode? Signaling
    {
        get => Read(ref _signaling);
        set => Volatile.Write(ref _signaling, value is { } code ? (int)code : None);
    }

    /// <summary>Why a commit failed; stays, because a room stands still from then on.</summary>
    public BerOfChatErrorCode? Store
    {
        get => Read(ref _store);
        set => Volatile.Write(ref _store, value is { } code ? (int)code : None);
    }

    /// <summary>The code of whatever a service threw.</summary>
    public static BerOfChatErrorCode CodeOf(Exception e) => (e as BerOfChatException)?.ErrorCode ?? BerOfChatErrorCode.Unknown;

    private static BerOfChatErrorCode? Read(ref int value) => Volatile.Read(ref value) is var code and not None ? (BerOfChatErrorCode)code : null;

    private const int None = -1;
}
