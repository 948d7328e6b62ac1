using BerOfChat.Sessions.Records;
using CsCheck;

namespace BerOfChat.Sessions;

public sealed class PeerSessionCoreTests
{
    private static readonly byte[] s_psk = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();

    public static TheoryData<int> Suites => [(int)SessionSuite.Pair, (int)SessionSuite.Invite];

    [Theory]
    [MemberData(nameof(Suites))]
    public void Both_sides_prove_who_they_are_and_messages_of_every_size_pass_on_every_lane(int suite)
    {
        using CorePair pair = Open((SessionSuite)suite);
        Assert.Equal(CorePair.Bob.Id, pair.Initiator.Remote!.Identity.Id);
        Assert.Equal(CorePair.Alice.Id, pair.Responder.Remote!.Identity.Id);
        foreach (PeerLane lane in Enum.GetValues<PeerLane>())
        {
            foreach (int size in new[] { 0, 1, 229, 230, 16_357, 16_358, 100_000, MessageAssembler.MaxMessageSize })
            {
                byte[] message = new byte[size];
                new Random(size).NextBytes(message);
                pair.Send(pair.Initiator, lane, message);
                Assert.Equal(message, Assert.Single(CorePair.Read(pair.Responder)));
                pair.Send(pair.Responder, lane, message);
                Assert.Equal(message, Assert.Single(CorePair.Read(pair.Initiator)));
            }
        }
    }

    [Fact]
    public void The_initiator_sends_nothing_before_it_has_opened_a_record()
    {
        using var pair = new CorePair(SessionSuite.Pair);
        pair.Intercept = (isInitiator, number, record) => number == 3 && !isInitiator ? null : record;
        pair.Run();
        Assert.Equal(PeerSessionState.Open, pair.Responder.State);
        Assert.Equal(PeerSessionState.Connecting, pair.Initiator.State);
    }

    [Fact]
    public void A_wrong_invite_secret_ends_the_session_with_nothing_delivered()
    {
        using var pair = new CorePair(SessionSuite.Invite, s_psk, [.. s_psk.Reverse()]);
        pair.Run();
        AssertFailed(pair);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void A_swapped_fingerprint_ends_the_session_with_nothing_delivered(int suite)
    {
        using var pair = new CorePair((SessionSuite)suite, PskOf((SessionSuite)suite), swapFingerprint: true);
        pair.Run();
        AssertFailed(pair);
    }

    [Fact]
    public void Nobody_in_between_can_take_an_offered_suite_away()
    {
        using var honest = new CorePair(SessionSuite.Pair, offered: [0x0101, 1]);
        honest.Run();
        Assert.Equal(PeerSessionState.Open, honest.Initiator.State);

        using var robbed = new CorePair(SessionSuite.Pair, offered: [0x0101, 1], seen: [1]);
        robbed.Run();
        AssertFailed(robbed);
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Any_altered_byte_of_any_handshake_message_ends_the_session(int suite)
    {
        int[] sizes = new int[3];
        using (var honest = new CorePair((SessionSuite)suite, PskOf((SessionSuite)suite)))
        {
            honest.Intercept = (_, number, record) =>
            {
                if (number < 3) sizes[number] = record.Length;
                return record;
            };
            honest.Run();
        }

        for (int message = 0; message < 3; message++)
        {
            // Every byte of the keys and tags, and every seventh of the padded payloads.
            for (int at = 0; at < sizes[message]; at += at < 128 || at > sizes[message] - 40 ? 1 : 7)
            {
                using var pair = new CorePair((SessionSuite)suite, PskOf((SessionSuite)suite));
                pair.Intercept = (_, number, record) =>
                {
                    if (number == message) record[at] ^= 0x04;
                    return record;
                };
                pair.Run();
                AssertFailed(pair);
            }
        }
    }

    [Fact]
    public void An_initiator_that_does_not_accept_the_responder_says_nothing_about_itself()
    {
        int fromInitiator = 0;
        using var pair = new CorePair(SessionSuite.Pair, accept: _ => false);
        pair.Intercept = (isInitiator, _, record) =>
        {
            if (isInitiator && record.Length > 2) fromInitiator++;
            return record;
        };
        pair.Run();
        AssertFailed(pair);
        Assert.Equal(1, fromInitiator);
    }

    [Fact]
    public void Any_altered_byte_of_a_record_ends_the_session_with_nothing_delivered()
    {
        for (int at = 0; at < 256; at++)
        {
            using CorePair pair = Open(SessionSuite.Pair);
            pair.Intercept = (_, _, record) =>
            {
                record[at] ^= 0x20;
                return record;
            };
            pair.Send(pair.Initiator, PeerLane.Live, "hello"u8);
            Assert.Empty(CorePair.Read(pair.Responder));
            Assert.Equal(BerOfChatErrorCode.ProtocolViolation, pair.Responder.End!.ErrorCode);
            pair.Intercept = (_, _, record) => record;
            pair.Run();
            Assert.Equal(SessionCloseReason.Malformed, pair.Initiator.End!.Reason);
        }
    }

    [Theory]
    [InlineData("repeated")]
    [InlineData("left out")]
    [InlineData("moved to another lane")]
    [InlineData("sent back")]
    public void A_record_out_of_place_ends_the_session(string how)
    {
        using CorePair pair = Open(SessionSuite.Pair);
        List<byte[]> records = [];
        pair.Intercept = (_, _, record) =>
        {
            records.Add([.. record]);
            return null;
        };
        pair.Send(pair.Initiator, PeerLane.Live, "one"u8);
        pair.Send(pair.Initiator, PeerLane.Live, "two"u8);
        PeerSessionCore victim = how == "sent back" ? pair.Initiator : pair.Responder;
        switch (how)
        {
            case "repeated":
                victim.HandleRecord(PeerLane.Live, records[0], pair.Now);
                Assert.Single(CorePair.Read(victim));
                victim.HandleRecord(PeerLane.Live, records[0], pair.Now);
                break;
            case "left out":
                victim.HandleRecord(PeerLane.Live, records[1], pair.Now);
                break;
            case "moved to another lane":
                victim.HandleRecord(PeerLane.Sync, records[0], pair.Now);
                break;
            default:
                victim.HandleRecord(PeerLane.Live, records[0], pair.Now);
                break;
        }

        Assert.Empty(CorePair.Read(victim));
        Assert.Equal(BerOfChatErrorCode.ProtocolViolation, victim.End!.ErrorCode);
    }

    [Fact]
    public void A_peer_that_does_not_answer_is_given_up_after_ten_seconds()
    {
        using var pair = new CorePair(SessionSuite.Pair);
        pair.Intercept = (_, _, _) => null;
        pair.Run();
        Assert.Equal(TimeSpan.FromSeconds(10), pair.Initiator.NextTimeout!.Value.SinceStart);
        pair.Initiator.HandleTimeout(pair.Initiator.NextTimeout.Value);
        Assert.Equal(BerOfChatErrorCode.HandshakeFailed, pair.Initiator.End!.ErrorCode);
        Assert.True(pair.Initiator.End.IsTransient);
    }

    [Theory]
    [InlineData(0, BerOfChatErrorCode.SessionClosedByPeer)]
    [InlineData(3, BerOfChatErrorCode.NotAMember)]
    [InlineData(4, BerOfChatErrorCode.InviteUsed)]
    [InlineData(5, BerOfChatErrorCode.InviteExpired)]
    [InlineData(6, BerOfChatErrorCode.InviteRevoked)]
    [InlineData(999, BerOfChatErrorCode.SessionClosedByPeer)]
    public void The_peer_learns_why_a_session_was_closed(int reason, BerOfChatErrorCode expected)
    {
        using CorePair pair = Open(SessionSuite.Pair);
        pair.Initiator.Close((SessionCloseReason)reason);
        pair.Run();
        Assert.Equal(expected, pair.Responder.End!.ErrorCode);
        Assert.Equal(BerOfChatErrorCode.Closed, pair.Initiator.End!.ErrorCode);
    }

    [Fact]
    public void A_ping_measures_the_round_trip()
    {
        using CorePair pair = Open(SessionSuite.Pair);
        pair.Initiator.Ping(pair.Now);
        Assert.True(pair.Initiator.IsPingOpen);
        pair.Now += TimeSpan.FromMilliseconds(30);
        pair.Run();
        Assert.False(pair.Initiator.IsPingOpen);
        Assert.Equal(TimeSpan.FromMilliseconds(30), pair.Initiator.RoundTripTime);
    }

    [Fact]
    public void Random_bytes_never_do_more_than_end_the_session() =>
        Gen.Select(Gen.Byte.Array[0, 600], Gen.Int[0, 4], Gen.Int[0, 2]).Sample(
            (bytes, steps, lane) =>
            {
                using var pair = new CorePair(SessionSuite.Pair);
                pair.Intercept = (_, number, record) => number < steps ? record : null;
                pair.Run();
                foreach (PeerSessionCore core in new[] { pair.Initiator, pair.Responder })
                {
                    core.HandleRecord((PeerLane)lane, bytes, pair.Now);
                    Assert.Empty(CorePair.Read(core));

                    // A first message is nothing but a public key, and any 32 bytes can be one. It opens nothing.
                    bool isFirstMessage = steps == 0 && lane == 0 && bytes.Length == 32 && ReferenceEquals(core, pair.Responder);
                    Assert.True(isFirstMessage ? core.State == PeerSessionState.Connecting : core.End is not null);
                }
            },
            iter: 2_000);

    private static byte[]? PskOf(SessionSuite suite) => suite == SessionSuite.Invite ? s_psk : null;

    private static CorePair Open(SessionSuite suite)
    {
        var pair = new CorePair(suite, PskOf(suite));
        pair.Run();
        Assert.Equal(PeerSessionState.Open, pair.Initiator.State);
        Assert.Equal(PeerSessionState.Open, pair.Responder.State);
        return pair;
    }

    private static void AssertFailed(CorePair pair)
    {
        foreach (PeerSessionCore core in new[] { pair.Initiator, pair.Responder })
        {
            Assert.NotEqual(PeerSessionState.Open, core.State);
            Assert.Equal(BerOfChatErrorCode.HandshakeFailed, core.End!.ErrorCode);
            Assert.Empty(CorePair.Read(core));
            Assert.NotEmpty(core.End.Message);
        }
    }
}
