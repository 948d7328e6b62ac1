using BerOfChat.Testing.Signaling;

namespace BerOfChat.Sdk.Tests.Contracts;

/// <summary>Each test of the signaling contracts catches the fault that it is there for.</summary>
public sealed class SignalingContractCatches
{
    /// <summary>Test of a contract, and a fault that it must find. Every test stands here.</summary>
    private static readonly Dictionary<string, SignalingFault> s_faults = new()
    {
        [nameof(SignalingTransportContract.An_envelope_reaches_another_who_joined_the_topic)] = SignalingFault.DeliversToNobody,
        [nameof(SignalingTransportContract.An_envelope_reaches_everybody_else_at_the_topic)] = SignalingFault.DeliversToOneOnly,
        [nameof(SignalingTransportContract.Both_directions_work)] = SignalingFault.PassesOneWayOnly,
        [nameof(SignalingTransportContract.An_envelope_does_not_reach_another_topic)] = SignalingFault.MixesTopics,
        [nameof(SignalingTransportContract.Topics_that_differ_in_one_bit_are_different)] = SignalingFault.LooksAtTheBeginningOfTopics,
        [nameof(SignalingTransportContract.An_envelope_passes_whole)] = SignalingFault.CutsLargeEnvelopes,
        [nameof(SignalingTransportContract.What_arrives_was_published_whole_and_unaltered_and_belongs_to_the_reader)] = SignalingFault.ReusesItsBuffer,
        [nameof(SignalingTransportContract.An_empty_envelope_is_refused_and_the_topic_lives_on)] = SignalingFault.SendsEmptyEnvelopes,
        [nameof(SignalingTransportContract.A_larger_envelope_is_refused_and_the_topic_lives_on)] = SignalingFault.SendsLargeEnvelopes,
        [nameof(SignalingTransportContract.The_memory_of_an_envelope_may_be_reused_after_publishing)] = SignalingFault.KeepsTheCallersMemory,
        [nameof(SignalingTransportContract.One_transport_joins_the_same_topic_twice)] = SignalingFault.LeavesForAllWhenOneLeaves,
        [nameof(SignalingTransportContract.A_topic_that_was_left_can_be_joined_again)] = SignalingFault.JoinsATopicOnce,
        [nameof(SignalingTransportContract.Leaving_ends_the_stream_without_an_error)] = SignalingFault.NeverEndsStreams,
        [nameof(SignalingTransportContract.A_topic_can_be_disposed_twice_and_at_once)] = SignalingFault.ThrowsAtTheSecondDisposal,
        [nameof(SignalingTransportContract.A_topic_can_be_left_inside_its_own_reading_loop)] = SignalingFault.WaitsForTheReaderWhenDisposed,
        [nameof(SignalingTransportContract.Publishing_after_leaving_fails_as_closed)] = SignalingFault.PublishesAfterLeaving,
        [nameof(SignalingTransportContract.Leaving_while_others_publish_is_closed_or_done)] = SignalingFault.ThrowsOtherExceptions,
        [nameof(SignalingTransportContract.A_call_with_a_cancelled_token_does_nothing)] = SignalingFault.IgnoresCancellation,
        [nameof(SignalingTransportContract.Reading_can_be_cancelled)] = SignalingFault.ReadsOnWhenCancelled,
        [nameof(SignalingTransportContract.Many_may_publish_at_once)] = SignalingFault.MixesEnvelopesOfOneMoment,
        [nameof(SignalingTransportContract.One_who_does_not_read_holds_up_nobody)] = SignalingFault.WaitsForSlowReaders,
        [nameof(SignalingLossContract.The_stream_ends_without_an_error_when_the_link_is_lost)] = SignalingFault.ThrowsWhenTheLinkIsLost,
        [nameof(SignalingLossContract.Publishing_on_a_lost_link_fails_as_unavailable_for_now)] = SignalingFault.PublishesWithoutALink,
        [nameof(SignalingLossContract.Joining_without_a_link_fails_as_unavailable_for_now)] = SignalingFault.JoinsWithoutALink,
        [nameof(SignalingLossContract.The_same_transport_joins_again_when_the_link_is_back)] = SignalingFault.StaysWithoutALink,
    };

    public static TheoryData<string> Tests => [.. ContractRun.TestsOf(typeof(SignalingTransportContract))];

    public static TheoryData<string> LossTests => [.. ContractRun.TestsOf(typeof(SignalingLossContract))];

    [Theory]
    [MemberData(nameof(Tests))]
    public Task Each_test_of_the_contract_finds_its_fault_and_nothing_in_a_sound_transport(string test) =>
        AssertCatchesAsync(test, fault => new Contract(fault));

    [Theory]
    [MemberData(nameof(LossTests))]
    public Task Each_test_about_loss_finds_its_fault_and_nothing_in_a_sound_transport(string test) =>
        AssertCatchesAsync(test, fault => new LossContract(fault));

    private static async Task AssertCatchesAsync(string test, Func<SignalingFault, object> contract)
    {
        Assert.Null(await ContractRun.RunAsync(contract(SignalingFault.None), test));
        SignalingFault fault = s_faults[test];
        Assert.True(await ContractRun.RunAsync(contract(fault), test) is not null, $"{test} accepts signaling that {fault}.");
    }

    /// <summary>Long for a sound transport, short where a fault shows by nothing happening.</summary>
    private static TimeSpan PatienceFor(SignalingFault fault) => TimeSpan.FromSeconds(fault == SignalingFault.None ? 20 : 1);

    private sealed class Contract(SignalingFault fault) : SignalingTransportContract
    {
        private readonly BrokenSignaling _signaling = new(fault);

        protected override TimeSpan Patience => PatienceFor(fault);

        protected override ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISignalingTransport>(_signaling);
    }

    private sealed class LossContract(SignalingFault fault) : SignalingLossContract
    {
        private readonly BrokenSignaling _signaling = new(fault);

        protected override TimeSpan Patience => PatienceFor(fault);

        protected override ValueTask<ISignalingTransport> CreateTransportAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISignalingTransport>(_signaling);

        protected override ValueTask LoseLinkAsync(CancellationToken cancellationToken)
        {
            _signaling.Lose();
            return default;
        }

        protected override ValueTask RestoreLinkAsync(CancellationToken cancellationToken)
        {
            _signaling.Restore();
            return default;
        }
    }
}
