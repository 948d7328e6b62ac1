using BerOfChat.Testing.Transport;

namespace BerOfChat.Sdk.Tests.Contracts;

/// <summary>Each test of the transport contract catches the fault that it is there for.</summary>
public sealed class TransportContractCatches
{
    /// <summary>Test of the contract, and a fault that it must find. Every test stands here.</summary>
    private static readonly Dictionary<string, TransportFault> s_faults = new()
    {
        [nameof(PeerLinkContract.Records_pass_both_ways_on_every_lane)] = TransportFault.LosesALane,
        [nameof(PeerLinkContract.Records_of_a_lane_arrive_once_whole_and_in_order)] = TransportFault.SwapsRecords,
        [nameof(PeerLinkContract.A_record_passes_whole)] = TransportFault.CutsLargeRecords,
        [nameof(PeerLinkContract.Misuse_is_an_argument_error_and_the_link_works_on)] = TransportFault.AcceptsAnyRecord,
        [nameof(PeerLinkContract.Memory_may_be_reused_after_sending)] = TransportFault.KeepsTheCallersMemory,
        [nameof(PeerLinkContract.A_sender_waits_for_a_slow_reader_and_nothing_is_lost)] = TransportFault.NeverWaits,
        [nameof(PeerLinkContract.A_full_lane_does_not_hold_up_the_others)] = TransportFault.GivesAllLanesOneRoom,
        [nameof(PeerLinkContract.A_waiting_send_can_be_cancelled_and_its_record_is_not_sent)] = TransportFault.SendsWhatWasCancelled,
        [nameof(PeerLinkContract.Closing_is_seen_by_the_other_side)] = TransportFault.ClosesSilently,
        [nameof(PeerLinkContract.Disposing_ends_what_waits_and_what_comes_after_fails_as_closed)] = TransportFault.SaysLostWhenDisposed,
        [nameof(PeerLinkContract.A_link_can_be_disposed_inside_its_own_reading_loop)] = TransportFault.WaitsForTheReaderWhenDisposed,
        [nameof(PeerLinkContract.Reading_and_sending_can_be_cancelled)] = TransportFault.IgnoresCancellation,
        [nameof(PeerLinkContract.Statistics_count_the_bytes_of_records)] = TransportFault.CountsNothing,
        [nameof(PeerTransportContract.Either_side_may_begin)] = TransportFault.HasNoPatience,
        [nameof(PeerTransportContract.Negotiation_may_be_slow_and_lossy_and_candidates_out_of_order)] = TransportFault.HasNoPatience,
        [nameof(PeerTransportContract.The_offerer_waits_for_the_answer)] = TransportFault.DoesNotWaitForTheAnswer,
        [nameof(PeerTransportContract.A_description_that_cannot_be_read_fails_the_attempt)] = TransportFault.ThrowsOtherExceptions,
        [nameof(PeerTransportContract.A_candidate_that_cannot_be_read_is_left_out)] = TransportFault.FailsOnUnknownCandidates,
        [nameof(PeerTransportContract.Connecting_can_be_cancelled_and_leaves_nothing_in_the_way)] = TransportFault.IgnoresCancellation,
        [nameof(PeerTransportContract.Both_sides_know_the_same_binding_crosswise)] = TransportFault.NamesEachEndAnew,
        [nameof(PeerTransportContract.No_two_links_have_the_same_binding)] = TransportFault.BindsToNothing,
        [nameof(PeerTransportContract.Links_at_the_same_time_do_not_mix)] = TransportFault.HasOneLinkOnly,
    };

    public static TheoryData<string> Tests => [.. ContractRun.TestsOf(typeof(PeerTransportContract))];

    [Theory]
    [MemberData(nameof(Tests))]
    public async Task Each_test_of_the_contract_finds_its_fault_and_nothing_in_a_sound_transport(string test)
    {
        Assert.Null(await ContractRun.RunAsync(new Contract(TransportFault.None), test));
        TransportFault fault = s_faults[test];
        Assert.True(await ContractRun.RunAsync(new Contract(fault), test) is not null, $"{test} accepts a transport that {fault}.");
    }

    private sealed class Contract(TransportFault fault) : PeerTransportContract
    {
        private readonly BrokenTransport _transport = new(fault);

        /// <summary>Long for a sound transport, short where a fault shows by nothing happening.</summary>
        protected override TimeSpan Patience => TimeSpan.FromSeconds(fault == TransportFault.None ? 20 : 1.5);

        protected override TimeSpan Quiet => TimeSpan.FromMilliseconds(200);

        protected override ValueTask<IPeerTransport> CreateTransportAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IPeerTransport>(_transport);
    }
}
