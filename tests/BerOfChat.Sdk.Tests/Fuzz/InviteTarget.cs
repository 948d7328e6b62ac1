using System.Security.Cryptography;
using System.Text;
using BerOfChat.Fuzzing;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Simulation;

namespace BerOfChat.Fuzz;

/// <summary>An invitation as bytes and as text: what parses gives the same text again.</summary>
/// <remarks>The first byte says what the rest is: 0 the bytes of an invitation, 1 a text.</remarks>
internal sealed class InviteTarget : FuzzTarget
{
    private readonly RoomInvite _plain = Create([]);
    private readonly RoomInvite _addressed = Create([new Uri("wss://signal.example/berofchat"), new Uri("ws://127.0.0.1:5000/")]);

    public override IEnumerable<byte[]> Seeds =>
    [
        [0, .. _plain.Bytes.Span],
        [0, .. _addressed.Bytes.Span],
        [1, .. Encoding.UTF8.GetBytes(_plain.ToString())],
        [1, .. Encoding.UTF8.GetBytes(_addressed.ToUri(new Uri("https://page.example/join?x=1")).ToString())],
    ];

    public override IReadOnlyList<byte[]> Words { get; } = [.. new[] { "berofchat:join#", "#", ":", "AQA", " ", "\n", "wss://", "http://", "@", "[::1]" }.Select(Encoding.UTF8.GetBytes)];

    public override int MaxInputLength => 5000;

    public override byte[] Repair(byte[] input)
    {
        if (input.Length < 1 + InviteFormat.CheckSize || input[0] % 2 == 1) return input;
        Span<byte> body = input.AsSpan(1, input.Length - 1 - InviteFormat.CheckSize);
        SHA256.HashData(body).AsSpan(0, InviteFormat.CheckSize).CopyTo(input.AsSpan(1 + body.Length));
        return input;
    }

    public override int Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        RoomInvite? invite;
        InviteError error = input[0] % 2 == 0 ? RoomInvite.TryDecode(input[1..].ToArray(), out invite) : RoomInvite.TryRead(Encoding.UTF8.GetString(input[1..]), out invite);
        if ((error == InviteError.None) != invite is not null) throw new InvalidOperationException("An error and an invitation came together.");
        if (invite is null) return (input[0] % 2 * 16) + (int)error;
        if (!RoomInvite.TryParse(invite.ToString(), out RoomInvite? again) || again != invite) throw new InvalidOperationException("The text of an invitation reads as another.");
        using InviteKeys keys = invite.DeriveKeys();
        return HashCode.Combine(invite.SignalingAddresses.Count, invite.Uses == 0, invite.ExpiresAt == DateTimeOffset.MaxValue, input[0] % 2);
    }

    private static RoomInvite Create(IReadOnlyList<Uri> addresses)
    {
        using IssuedInvite issued = IssuedInvite.Create(Bytes32.Read(FuzzIdentity.AccountKey.PublicKey.Span), FuzzIdentity.Now, 1, addresses, new SeededRandomSource(3));
        return issued.Invite;
    }
}
