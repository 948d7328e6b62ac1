namespace BerOfChat;

/// <summary>What a commit has survived when it returns.</summary>
public enum StoreDurability
{
    /// <summary>The end of the process. For what a peer can send again.</summary>
    Process,

    /// <summary>The loss of power. For what this device has written itself.</summary>
    Power,
}
