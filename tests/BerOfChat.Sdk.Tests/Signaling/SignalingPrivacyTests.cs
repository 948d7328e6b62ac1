using System.Text;
using BerOfChat.Cryptography;
using BerOfChat.Invites;
using BerOfChat.Primitives;
using BerOfChat.Signaling;
using BerOfChat.Simulation;

namespace BerOfChat.Sdk.Tests.Signaling;

/// <summary>What a signaling service sees: random topics, and envelopes in a few sizes. Nothing of what is in them.</summary>
public sealed class SignalingPrivacyTests
{
    private const string Sdp = "v=0 a=ice-ufrag:someUfrag a=ice-pwd:somePassword a=fingerprint:sha-256 AB:CD";
    private const string Candidate = "candidate:1 1 udp 2122260223 192.168.23.42 54321 typ host";

    [Fact]
    public async Task First_contact_shows_no_description_candidate_key_or_secret()
    {
        using var test = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var signaling = new ScriptedSignaling();
        using IssuedInvite issued = IssuedInvite.Create(
            Bytes32.Read([.. Enumerable.Range(0, 32).Select(i => (byte)i)]), DateTimeOffset.UnixEpoch.AddYears(100), 1, [new Uri("wss://signal.example/x")], CryptographicRandomSource.Instance);
        await using var listener = new InviteListener(issued, [signaling], CryptographicRandomSource.Instance, TimeProvider.System);
        await using var joiner = new InviteJoiner(issued.Invite, [signaling], CryptographicRandomSource.Instance, TimeProvider.System);
        await ExchangeAsync(joiner.ReadAttemptsAsync(test.Token), listener.ReadAttemptsAsync(test.Token), test.Token);

        byte[] privateKey = new byte[32];
        issued.PrivateKey.Export(privateKey);
        AssertSeesNothingOf(
            signaling,
            Encoding.UTF8.GetBytes("signal.example"),
            issued.Invite.AccountKey.ToArray(),
            issued.Invite.PublicKey.ToArray(),
            issued.Invite.Bytes[2..34].ToArray(),
            issued.Keys.Psk.ToArray(),
            privateKey,
            WriteId(issued.InviteId));
    }

    [Fact]
    public async Task Meeting_again_shows_no_description_candidate_key_or_room()
    {
        using var test = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var signaling = new ScriptedSignaling();
        using X25519PrivateKey one = X25519PrivateKey.Generate(new SeededRandomSource(1));
        using X25519PrivateKey two = X25519PrivateKey.Generate(new SeededRandomSource(2));
        byte[] room = [.. Enumerable.Range(50, 32).Select(i => (byte)i)];
        await using PairMeeting first = NewMeeting(one, two);
        await using PairMeeting second = NewMeeting(two, one);
        (PairMeeting offerer, PairMeeting answerer) = first.IsOfferer ? (first, second) : (second, first);
        await ExchangeAsync(offerer.ReadAttemptsAsync(test.Token), answerer.ReadAttemptsAsync(test.Token), test.Token);

        byte[] shared = new byte[32];
        Assert.True(one.TryAgree(two.PublicKey.Span, shared));
        AssertSeesNothingOf(signaling, room, one.PublicKey.ToArray(), two.PublicKey.ToArray(), shared);

        PairMeeting NewMeeting(X25519PrivateKey own, X25519PrivateKey peer) =>
            new(new RoomId(room), own, Bytes32.Read(peer.PublicKey.Span), [signaling], CryptographicRandomSource.Instance, TimeProvider.System);
    }

    private static async Task ExchangeAsync(IAsyncEnumerable<ConnectionAttempt> offers, IAsyncEnumerable<ConnectionAttempt> answers, CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<ConnectionAttempt> answering = answers.GetAsyncEnumerator(cancellationToken);
        await using IAsyncEnumerator<ConnectionAttempt> offering = offers.GetAsyncEnumerator(cancellationToken);
        ValueTask<bool> answered = answering.MoveNextAsync();
        Assert.True(await offering.MoveNextAsync());
        await SendAsync(offering.Current, cancellationToken);
        Assert.True(await answered);
        await SendAsync(answering.Current, cancellationToken);
        foreach (ConnectionAttempt attempt in new[] { offering.Current, answering.Current })
        {
            await foreach (NegotiationMessage message in attempt.Negotiation.ReadAllAsync(cancellationToken))
            {
                if (message.Kind == NegotiationMessageKind.EndOfCandidates) break;
            }
        }
    }

    private static async Task SendAsync(ConnectionAttempt attempt, CancellationToken cancellationToken)
    {
        await attempt.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Description, Sdp), cancellationToken);
        await attempt.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.Candidate, Candidate), cancellationToken);
        await attempt.Negotiation.SendAsync(new NegotiationMessage(NegotiationMessageKind.EndOfCandidates, ""), cancellationToken);
    }

    private static void AssertSeesNothingOf(ScriptedSignaling signaling, params byte[][] secrets)
    {
        string[] texts = [Sdp, "v=0", "ufrag", "someUfrag", "somePassword", "fingerprint", Candidate, "candidate", "192.168.23.42", "54321", "udp"];
        Assert.NotEmpty(signaling.Seen);
        foreach ((SignalingTopicId topic, byte[] envelope) in signaling.Seen)
        {
            // Not of one byte more or less, whatever is inside.
            Assert.Contains(envelope.Length, new[] { 574, 1086, 2110, 4158, 8254, 16_446 });
            byte[] seen = SignalingFrame.Create(SignalingFrameKind.Envelope, topic, envelope);
            foreach (string text in texts) Assert.Equal(-1, seen.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)));
            foreach (byte[] secret in secrets)
            {
                // Eight bytes are too many to be there by chance.
                for (int i = 0; i + 8 <= secret.Length; i++) Assert.Equal(-1, seen.AsSpan().IndexOf(secret.AsSpan(i, 8)));
            }
        }
    }

    private static byte[] WriteId(UInt128 id)
    {
        byte[] bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, id);
        return bytes;
    }
}
