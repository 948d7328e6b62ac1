using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace BerOfChat.WebRtc.Stun;

/// <summary>A user name and a password, and what a server wants to see of them: the long-term credential mechanism (RFC 8489 section 9.2).</summary>
/// <remarks>The key is the MD5 of name, realm and password: what servers know, and all that RFC 8489 asks of clients that name no other algorithm.</remarks>
internal sealed class LongTermCredential : IDisposable
{
    /// <summary>The longest user name in UTF-8 (RFC 8489 section 14.3).</summary>
    public const int MaxUsernameSize = 508;

    /// <summary>The longest password in UTF-8; no standard names one.</summary>
    public const int MaxPasswordSize = 1024;

    /// <summary>The longest realm, and the longest nonce, that a server may send (RFC 8489 sections 14.9 and 14.10).</summary>
    public const int MaxChallengeSize = 763;

    /// <summary>What name, realm and nonce may take together: a request with them fits into every path.</summary>
    public const int MaxTotalSize = 1024;

    private readonly byte[] _username;
    private readonly byte[] _password;
    private readonly byte[] _key = new byte[MD5.HashSizeInBytes];
    private byte[] _realm = [];

    private LongTermCredential(byte[] username, byte[] password)
    {
        _username = username;
        _password = password;
    }

    /// <summary>What the server wants to see in the next request; null as long as it has asked for nothing. Always another array when it has changed.</summary>
    public byte[]? Nonce { get; private set; }

    /// <summary>The key of MESSAGE-INTEGRITY; of use once there is a <see cref="Nonce"/>.</summary>
    public ReadOnlySpan<byte> Key => _key;

    /// <summary>False when name or password are too long, or are no OpaqueString.</summary>
    public static bool TryCreate(string username, string password, [NotNullWhen(true)] out LongTermCredential? credential)
    {
        credential = null;
        if (!OpaqueString.TryPrepare(username, out string? preparedName) || Encoding.UTF8.GetByteCount(preparedName) > MaxUsernameSize) return false;
        if (!OpaqueString.TryPrepare(password, out string? preparedPassword) || Encoding.UTF8.GetByteCount(preparedPassword) > MaxPasswordSize) return false;
        credential = new LongTermCredential(Encoding.UTF8.GetBytes(preparedName), Encoding.UTF8.GetBytes(preparedPassword));
        return true;
    }

    /// <summary>Takes realm and nonce out of a 401 or a 438, which may leave the realm out. False when they are missing or too long.</summary>
    public bool TryAccept(StunMessage challenge, out bool isOtherRealm)
    {
        isOtherRealm = false;
        if (!challenge.TryGet(StunAttributeType.Nonce, out ReadOnlySpan<byte> nonce) || nonce.IsEmpty) return false;
        if (!challenge.TryGet(StunAttributeType.Realm, out ReadOnlySpan<byte> realm)) realm = _realm;
        return TryAccept(realm, nonce, out isOtherRealm);
    }

    /// <summary>Takes over what another credential of the same server was told.</summary>
    public void AcceptFrom(LongTermCredential other)
    {
        if (other.Nonce is { } nonce) TryAccept(other._realm, nonce, out _);
    }

    /// <summary>Forgets the server: another one has another realm.</summary>
    public void Forget()
    {
        _realm = [];
        Nonce = null;
        CryptographicOperations.ZeroMemory(_key);
    }

    /// <summary>Writes USERNAME, REALM and NONCE.</summary>
    public void Write(ref StunWriter writer)
    {
        writer.Write(StunAttributeType.Username, _username);
        writer.Write(StunAttributeType.Realm, _realm);
        writer.Write(StunAttributeType.Nonce, Nonce);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_password);
        Forget();
    }

    private bool TryAccept(ReadOnlySpan<byte> realm, ReadOnlySpan<byte> nonce, out bool isOtherRealm)
    {
        isOtherRealm = !realm.SequenceEqual(_realm);
        if (realm.IsEmpty || realm.Length > MaxChallengeSize || nonce.Length > MaxChallengeSize || _username.Length + realm.Length + nonce.Length > MaxTotalSize) return false;
        if (isOtherRealm)
        {
            _realm = realm.ToArray();
            ComputeKey();
        }

        if (!nonce.SequenceEqual(Nonce)) Nonce = nonce.ToArray();
        return true;
    }

    private void ComputeKey()
    {
        byte[] text = [.. _username, (byte)':', .. _realm, (byte)':', .. _password];
#pragma warning disable CA5351 // RFC 8489 section 18.5.1.1 makes the key so; what protects messages is the HMAC that is made with it.
        MD5.HashData(text, _key);
#pragma warning restore CA5351
        CryptographicOperations.ZeroMemory(text);
    }
}
