using BerOfChat.WebRtc.Buffers;
using CsCheck;

namespace BerOfChat.WebRtc.Tests.Buffers;

/// <summary>The memory in which messages lie while they are under way.</summary>
public sealed class BlockChainTests
{
    private static readonly Gen<(int Size, bool Keep)> s_write = Gen.Select(Gen.OneOf(Gen.Int[1, 300], Gen.Int[1, 200_000]), Gen.Bool);

    [Fact]
    public void What_was_written_is_read_until_it_is_let_go_in_whatever_order_that_happens() => s_write.List[1, 60].Sample(
        writes =>
        {
            BlockChain chain = new();
            Random random = new(writes.Count);
            List<(BlockSlice Slice, byte[] Bytes)> kept = [];
            foreach ((int size, bool keep) in writes)
            {
                byte[] bytes = new byte[size];
                random.NextBytes(bytes);
                kept.Add((chain.Write(bytes), bytes));
                if (keep) continue;
                int index = random.Next(kept.Count);
                kept[index].Slice.Release();
                kept.RemoveAt(index);
            }

            foreach ((BlockSlice slice, byte[] bytes) in kept)
            {
                Assert.Equal(bytes, slice.ToArray());
                slice.Release();
            }

            Assert.InRange(chain.Held, 0, Block.MaxSize);
            chain.Trim();
            Assert.Equal(0, chain.Held);
        },
        iter: 200);

    [Fact]
    public void A_slice_is_cut_anywhere_and_each_part_is_let_go_by_itself() => Gen.Select(Gen.Int[1, 150_000], Gen.Int[1, 5000]).Sample(
        (size, step) =>
        {
            BlockChain chain = new();
            byte[] bytes = new byte[size];
            new Random(size).NextBytes(bytes);
            chain.Write(new byte[size % 3000]).Release();
            BlockSlice rest = chain.Write(bytes);
            for (int offset = 0; offset < size; offset += step)
            {
                BlockSlice part = rest.Split(Math.Min(step, rest.Length), out rest);
                Assert.True(part.ToArray().AsSpan().SequenceEqual(bytes.AsSpan(offset, part.Length)));
                part.Release();
            }

            chain.Trim();
            Assert.Equal(0, chain.Held);
        },
        iter: 200);

    [Fact]
    public void What_is_written_in_a_row_is_one_piece()
    {
        BlockChain chain = new();
        byte[] bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        BlockSlice whole = chain.Write(bytes.AsSpan(0, 1000), out long end);
        for (int offset = 1000; offset < bytes.Length; offset += 1000)
        {
            Assert.Equal(chain.Position, end);
            whole = whole.Extend(chain.Write(bytes.AsSpan(offset, 1000), out end).Length);
        }

        Assert.Equal(bytes, whole.ToArray());
    }

    [Fact]
    public void Small_leftovers_hold_no_more_than_the_limit_and_their_own_size()
    {
        const int Limit = 1024 * 1024;
        BlockChain chain = new(Limit);
        List<BlockSlice> leftovers = [];
        for (int i = 0; i < 1000; i++)
        {
            // One byte that stays pins the memory of all that has gone.
            leftovers.Add(chain.Write([1]));
            chain.Write(new byte[Block.MaxSize - 1]).Release();
        }

        Assert.InRange(chain.Held, 1, Limit + (2 * Block.MaxSize));
        leftovers.ForEach(slice => slice.Release());
        chain.Trim();
        Assert.Equal(0, chain.Held);
    }

    [Fact]
    public void Memory_that_all_have_let_go_is_written_again()
    {
        BlockChain chain = new();
        chain.Write(new byte[100]).Release();
        int held = chain.Held;
        for (int i = 0; i < 100_000; i++) chain.Write(new byte[100]).Release();
        Assert.Equal(held, chain.Held);
    }

    [Fact]
    public async Task Slices_may_be_let_go_on_another_thread_than_the_one_that_writes()
    {
        BlockChain chain = new();
        var slices = System.Threading.Channels.Channel.CreateBounded<(BlockSlice Slice, byte Value)>(64);
        Task reading = Task.Run(async () =>
        {
            await foreach ((BlockSlice slice, byte value) in slices.Reader.ReadAllAsync())
            {
                Assert.True(!slice.ToArray().AsSpan().ContainsAnyExcept(value));
                slice.Release();
            }
        });
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[1 + (i * 37 % 5000)];
            byte value = (byte)(i % 251);
            Array.Fill(bytes, value);
            await slices.Writer.WriteAsync((chain.Write(bytes), value), TestContext.Current.CancellationToken);
        }

        slices.Writer.Complete();
        await reading;
        chain.Trim();
        Assert.Equal(0, chain.Held);
    }
}
