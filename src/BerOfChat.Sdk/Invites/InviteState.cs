using System.Collections.Immutable;
using BerOfChat.Primitives;

namespace BerOfChat.Invites;

/// <summary>What has become of an issued invitation: changes with every redemption and is stored together with the ADD that it led to.</summary>
/// <param name="IsRevoked">Whether the issuer withdrew it.</param>
/// <param name="AddedAccounts">The accounts that were added through it, at most <see cref="MaxAccounts"/>.</param>
internal sealed record InviteState(bool IsRevoked, ImmutableArray<Bytes32> AddedAccounts)
{
    /// <summary>The most accounts that one invitation adds, also when its uses are not limited.</summary>
    public const int MaxAccounts = 4096;

    public static InviteState New { get; } = new(false, []);

    public InviteState WithAccount(Bytes32 account) => AddedAccounts.Contains(account) ? this : this with { AddedAccounts = AddedAccounts.Add(account) };

    public InviteState AsRevoked() => this with { IsRevoked = true };
}

/// <summary>What the issuer answers to somebody who comes with an invitation.</summary>
internal enum InviteRedemption
{
    /// <summary>Add the account and count the use.</summary>
    Accepted,

    /// <summary>The account was added before and only comes to fetch what it missed; nothing is used up.</summary>
    AlreadyAdded,

    Used,
    Expired,
    Revoked,
}
