using BerOfChat.Testing.Storage;

namespace BerOfChat.Sdk.Tests.Contracts;

/// <summary>Each test of the store contract catches the fault that it is there for.</summary>
public sealed class StoreContractCatches
{
    /// <summary>Test of the contract, and a fault that it must find. Every test stands here.</summary>
    private static readonly Dictionary<string, StoreFault> s_faults = new()
    {
        [nameof(MessageStoreContract.What_was_written_is_read_back)] = StoreFault.ForgetsDeletions,
        [nameof(MessageStoreContract.Table_partition_and_row_id_tell_records_apart)] = StoreFault.MixesPartitions,
        [nameof(MessageStoreContract.A_value_is_kept_whole)] = StoreFault.CutsLargeValues,
        [nameof(MessageStoreContract.A_batch_with_a_conflict_changes_nothing)] = StoreFault.CommitsUpToTheConflict,
        [nameof(MessageStoreContract.A_key_that_one_batch_inserts_twice_is_a_conflict)] = StoreFault.LooksForConflictsOnlyBeforeTheBatch,
        [nameof(MessageStoreContract.Operations_of_a_batch_take_effect_in_order)] = StoreFault.AppliesDeletionsLast,
        [nameof(MessageStoreContract.A_batch_may_be_empty)] = StoreFault.RefusesEmptyBatches,
        [nameof(MessageStoreContract.A_batch_of_thousands_of_records_is_committed_whole)] = StoreFault.KeepsTheFirstThousand,
        [nameof(MessageStoreContract.Commits_take_effect_in_the_order_in_which_they_were_called)] = StoreFault.ReordersCommits,
        [nameof(MessageStoreContract.Commits_at_the_same_time_succeed_or_fail_each_on_its_own)] = StoreFault.LetsAConflictFailTheNextCommit,
        [nameof(MessageStoreContract.A_reader_sees_whole_batches_only)] = StoreFault.ShowsHalfBatches,
        [nameof(StoreRangeContract.Row_ids_are_ordered_as_unsigned_bytes_in_both_directions)] = StoreFault.OrdersBySignedBytes,
        [nameof(StoreRangeContract.A_range_includes_its_lower_bound_and_excludes_its_upper_one)] = StoreFault.IncludesTheUpperBound,
        [nameof(StoreRangeContract.A_range_is_read_page_by_page)] = StoreFault.SaysThereIsMoreWhenThePageIsFull,
        [nameof(StoreRangeContract.A_range_stays_in_its_table_and_partition)] = StoreFault.MixesTablesInRanges,
        [nameof(MessageStoreContract.Memory_may_be_reused_after_the_commit)] = StoreFault.KeepsTheCallersMemory,
        [nameof(MessageStoreContract.What_was_read_stays_as_it_was_when_the_record_changes)] = StoreFault.OverwritesWhatWasRead,
        [nameof(MessageStoreContract.A_call_with_a_cancelled_token_does_nothing)] = StoreFault.IgnoresCancellation,
        [nameof(MessageStoreContract.A_commit_that_is_cancelled_is_applied_whole_or_not_at_all)] = StoreFault.StopsHalfwayWhenCancelled,
        [nameof(MessageStoreContract.Content_and_its_absence_survive_closing)] = StoreFault.ForgetsOnClosing,
        [nameof(MessageStoreContract.A_store_that_is_not_open_says_so)] = StoreFault.AnswersWhenClosed,
        [nameof(MessageStoreContract.A_store_can_be_disposed_unopened_twice_and_at_once)] = StoreFault.ThrowsAtTheSecondDisposal,
        [nameof(MessageStoreContract.Disposing_while_commits_run_loses_no_confirmed_one)] = StoreFault.ConfirmsBeforeItWrites,
        [nameof(MessageStoreContract.An_open_store_is_locked_until_it_is_disposed)] = StoreFault.TakesNoLock,
        [nameof(MessageStoreContract.Misuse_is_an_argument_error_and_the_store_works_on)] = StoreFault.AcceptsAnyArgument,
        [nameof(DurableMessageStoreContract.Every_confirmed_commit_survives_the_end_of_the_process)] = StoreFault.WritesLater,
        [nameof(DurableMessageStoreContract.What_a_conflict_left_out_is_not_there_after_the_end_of_the_process)] = StoreFault.LeavesConflictsInTheFile,
        [nameof(DurableMessageStoreContract.The_next_process_goes_on_where_the_last_one_ended)] = StoreFault.StartsAfreshAfterAKill,
    };

    public static TheoryData<string> Tests => [.. ContractRun.TestsOf(typeof(DurableMessageStoreContract))];

    [Theory]
    [MemberData(nameof(Tests))]
    public async Task Each_test_of_the_contract_finds_its_fault_and_nothing_in_a_sound_store(string test)
    {
        Assert.Null(await ContractRun.RunAsync(new Contract(StoreFault.None), test));
        StoreFault fault = s_faults[test];
        Assert.True(await ContractRun.RunAsync(new Contract(fault), test) is not null, $"{test} accepts a store that {fault}.");
    }

    private sealed class Contract(StoreFault fault) : DurableMessageStoreContract
    {
        protected override IMessageStore CreateStore() => new BrokenStore(fault, new BrokenStore.Content());

        protected override IMessageStore Reopen(IMessageStore store) => new BrokenStore(fault, ((BrokenStore)store).Kept);

        protected override IMessageStore OpenAsKilled(IMessageStore running)
        {
            Dictionary<StoreKey, Memory<byte>> left = fault == StoreFault.StartsAfreshAfterAKill ? [] : new(((BrokenStore)running).Kept.File);
            return new BrokenStore(fault, new BrokenStore.Content { Records = left, File = left });
        }
    }
}
