using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using BerOfChat.Cryptography;
using BerOfChat.Formats;
using BerOfChat.Primitives;
using MessagePack;

namespace BerOfChat.Invites;

/// <summary>The issuer's side of an invitation: its private key and what has become of it. Secrets are zeroed when disposed.</summary>
internal sealed class IssuedInvite : IDisposable
{
    private readonly X25519PrivateKey _privateKey;

    private IssuedInvite(RoomInvite invite, X25519PrivateKey privateKey, InviteState state, ulong issuedAt)
    {
        IssuedAt = issuedAt;
        Invite = invite;
        Keys = invite.DeriveKeys();
        State = state;
        _privateKey = privateKey;
    }

    /// <summary>What is given to the invited.</summary>
    public RoomInvite Invite { get; }

    /// <summary>Derived keys, topic and id; disposed with this.</summary>
    public InviteKeys Keys { get; }

    public UInt128 InviteId => Keys.InviteId;

    /// <summary>How many entries the issuer had written in the room: whoever was removed later needs a newer invitation.</summary>
    public ulong IssuedAt { get; }

    /// <summary>What has become of the invitation. Set it when the row that <see cref="Encode"/> made of it is durable.</summary>
    public InviteState State { get; set; }

    /// <summary>The invitation's private key; disposed with this.</summary>
    public X25519PrivateKey PrivateKey => _privateKey;

    /// <summary>Makes an invitation with a fresh key and secret.</summary>
    /// <param name="accountKey">The issuer's account key.</param>
    /// <param name="expiresAt">Rounded up to a minute.</param>
    /// <param name="uses">How many accounts may join, 1 to 255; 0 means any number.</param>
    /// <param name="signalingAddresses">Where the issuer can be met; together at most 143 bytes with one byte of length for each.</param>
    /// <param name="random">Random bytes.</param>
    /// <param name="issuedAt">How many entries the issuer has written in the room.</param>
    public static IssuedInvite Create(
        Bytes32 accountKey, DateTimeOffset expiresAt, int uses, IReadOnlyList<Uri> signalingAddresses, IRandomSource random, ulong issuedAt = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(uses);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(uses, byte.MaxValue);
        long minutes = (expiresAt.ToUnixTimeSeconds() + 59) / 60;
        ArgumentOutOfRangeException.ThrowIfNegative(minutes, nameof(expiresAt));

        X25519PrivateKey privateKey = X25519PrivateKey.Generate(random);
        Span<byte> secret = stackalloc byte[Bytes32.Size];
        random.Fill(secret);
        try
        {
            uint expiry = (uint)Math.Min(minutes, uint.MaxValue);
            RoomInvite invite = RoomInvite.Create(new InviteFields(secret, Bytes32.Read(privateKey.PublicKey.Span), accountKey, expiry, (byte)uses, signalingAddresses));
            return new IssuedInvite(invite, privateKey, InviteState.New, issuedAt);
        }
        catch
        {
            privateKey.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Whether an account may join now. Who is in the room may come again, whatever has become of the invitation since; who was in and is not any more is as new.</summary>
    public InviteRedemption CheckRedemption(bool isMember, DateTimeOffset now)
    {
        if (isMember) return InviteRedemption.AlreadyAdded;
        if (State.IsRevoked) return InviteRedemption.Revoked;
        if (now > Invite.ExpiresAt) return InviteRedemption.Expired;
        int uses = Invite.Uses == 0 ? InviteState.MaxAccounts : Invite.Uses;
        return State.AddedAccounts.Length < uses ? InviteRedemption.Accepted : InviteRedemption.Used;
    }

    /// <summary>The row for the store with the given state. It contains the private key; the caller zeroes it after sealing.</summary>
    public byte[] Encode(InviteState state)
    {
        byte[] privateKey = new byte[X25519PrivateKey.Size];
        _privateKey.Export(privateKey);
        try
        {
            var buffer = new ArrayBufferWriter<byte>();
            var writer = new MessagePackWriter(buffer);
            writer.WriteArrayHeader(6);
            writer.Write(RowVersion);
            writer.Write(Invite.Bytes.Span);
            writer.Write(privateKey.AsSpan());
            writer.Write(state.IsRevoked);
            writer.WriteArrayHeader(state.AddedAccounts.Length);
            foreach (Bytes32 account in state.AddedAccounts) writer.Write(account.ToArray().AsSpan());
            writer.Write(IssuedAt);
            writer.Flush();
            byte[] row = buffer.WrittenSpan.ToArray();
            buffer.Clear();
            return row;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }

    /// <summary>Reads a row that <see cref="Encode"/> made. False for anything else.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> row, [NotNullWhen(true)] out IssuedInvite? issued)
    {
        issued = null;
        byte[] privateKey = [];
        try
        {
            var reader = new MessagePackReader(row);
            int fields = reader.ReadArrayHeader();
            if (fields < 5 || reader.ReadInt32() != RowVersion) return false;
            if (RoomInvite.TryDecode(reader.ReadBytes()?.ToArray() ?? [], out RoomInvite? invite) != InviteError.None) return false;
            privateKey = reader.ReadBytes()?.ToArray() ?? [];
            bool isRevoked = reader.ReadBoolean();
            int count = reader.ReadArrayHeader();
            if (privateKey.Length != X25519PrivateKey.Size || count > InviteState.MaxAccounts) return false;

            ImmutableArray<Bytes32>.Builder accounts = ImmutableArray.CreateBuilder<Bytes32>(count);
            for (int i = 0; i < count; i++)
            {
                if (reader.ReadBytes() is not { Length: Bytes32.Size } account) return false;
                accounts.Add(Bytes32.Read(account.ToArray()));
            }

            ulong issuedAt = fields > 5 ? reader.ReadUInt64() : 0;
            var key = new X25519PrivateKey(privateKey);
            if (Bytes32.Read(key.PublicKey.Span) != invite!.PublicKey)
            {
                key.Dispose();
                return false;
            }

            issued = new IssuedInvite(invite, key, new InviteState(isRevoked, accounts.MoveToImmutable()), issuedAt);
            return true;
        }
        catch (Exception e) when (MessagePackErrors.IsMalformed(e))
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }

    public void Dispose()
    {
        _privateKey.Dispose();
        Keys.Dispose();
    }

    private const int RowVersion = 1;
}
