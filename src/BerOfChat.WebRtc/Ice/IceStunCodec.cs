using System.Text;
using BerOfChat.WebRtc.Stun;

namespace BerOfChat.WebRtc.Ice;

/// <summary>Connectivity checks as STUN messages (RFC 8445 section 7): writes ours, judges the peer's.</summary>
internal sealed class IceStunCodec(IceCredentials local, ulong tieBreaker)
{
    public const int RoleConflictCode = 487;
    private const int UnknownAttributeCode = 420;
    private const int MaxMessageSize = 1024;

    private readonly byte[] _localPassword = local.PasswordBytes();
    private readonly byte[] _localPrefix = Encoding.ASCII.GetBytes(local.UserFragment + ":");
    private byte[] _remotePassword = [];
    private byte[] _outgoingUserName = [];
    private byte[] _incomingUserName = [];

    /// <summary>Whether the peer's credentials are known.</summary>
    public bool IsReady => RemoteUserFragment is not null;

    public string? RemoteUserFragment { get; private set; }

    public void SetRemote(IceCredentials remote)
    {
        RemoteUserFragment = remote.UserFragment;
        _remotePassword = remote.PasswordBytes();
        _outgoingUserName = Encoding.ASCII.GetBytes($"{remote.UserFragment}:{local.UserFragment}");
        _incomingUserName = Encoding.ASCII.GetBytes($"{local.UserFragment}:{remote.UserFragment}");
    }

    /// <summary>Whether a request names us and knows our password. Before the peer's description is here, its half of the name is believed.</summary>
    public bool IsAuthenticRequest(StunMessage request) =>
        request.TryGet(StunAttributeType.Username, out ReadOnlySpan<byte> name)
        && (IsReady ? name.SequenceEqual(_incomingUserName) : name.StartsWith(_localPrefix))
        && request.VerifyIntegrity(_localPassword);

    public bool IsAuthenticResponse(StunMessage response) => IsReady && response.VerifyIntegrity(_remotePassword);

    /// <summary>RFC 8445 section 7.3.1.1.</summary>
    public IceRoleVerdict JudgeRoles(StunMessage request, bool isControlling)
    {
        StunAttributeType same = isControlling ? StunAttributeType.IceControlling : StunAttributeType.IceControlled;
        if (!request.TryGetUInt64(same, out ulong theirs)) return IceRoleVerdict.Fine;
        bool weControl = tieBreaker >= theirs;
        return weControl == isControlling ? IceRoleVerdict.Refuse : IceRoleVerdict.Switch;
    }

    public byte[] WriteCheck(StunTransactionId transaction, uint priority, bool isControlling, bool nominates)
    {
        Span<byte> buffer = stackalloc byte[MaxMessageSize];
        StunWriter writer = new(buffer, StunMessageType.BindingRequest, transaction);
        writer.Write(StunAttributeType.Username, _outgoingUserName);
        writer.Write(StunAttributeType.Priority, priority);
        writer.Write(isControlling ? StunAttributeType.IceControlling : StunAttributeType.IceControlled, tieBreaker);
        if (isControlling && nominates) writer.Write(StunAttributeType.UseCandidate, []);
        return buffer[..writer.Finish(_remotePassword)].ToArray();
    }

    public byte[] WriteSuccess(StunTransactionId transaction, TransportAddress source)
    {
        Span<byte> buffer = stackalloc byte[MaxMessageSize];
        StunWriter writer = new(buffer, StunMessageType.BindingSuccess, transaction);
        XorAddress.Write(ref writer, StunAttributeType.XorMappedAddress, source, transaction);
        return buffer[..writer.Finish(_localPassword)].ToArray();
    }

    public byte[] WriteRoleConflict(StunTransactionId transaction)
    {
        Span<byte> buffer = stackalloc byte[MaxMessageSize];
        StunWriter writer = new(buffer, StunMessageType.BindingError, transaction);
        writer.WriteError(RoleConflictCode, "Role Conflict"u8);
        return buffer[..writer.Finish(_localPassword)].ToArray();
    }

    public byte[] WriteUnknownAttribute(StunTransactionId transaction, ushort type)
    {
        Span<byte> buffer = stackalloc byte[MaxMessageSize];
        StunWriter writer = new(buffer, StunMessageType.BindingError, transaction);
        writer.WriteError(UnknownAttributeCode, "Unknown Attribute"u8);
        writer.WriteUnknown(type);
        return buffer[..writer.Finish(_localPassword)].ToArray();
    }
}

/// <summary>What to do about the role that a request claims.</summary>
internal enum IceRoleVerdict
{
    Fine,
    Switch,
    Refuse,
}
