using System.Globalization;

namespace BerOfChat.Fuzzing;

/// <summary>Gives a target mutated inputs, keeps those that make it do something new, and goes on from them.</summary>
internal sealed class FuzzRun(FuzzTarget target, int seed)
{
    /// <summary>How many executions are asked for instead of the usual number.</summary>
    public const string CountVariable = "BEROFCHAT_FUZZ";

    private const string LongRunVariable = "BEROFCHAT_LONG";
    private const long ShortRun = 20_000;
    private const long LongRun = 10_000_000;
    private const int MaxInputs = 4096;
    private readonly HashSet<int> _outcomes = [];
    private readonly List<byte[]> _inputs = [];

    /// <summary>How many executions a run has: 20,000, in the long size 10,000,000, or what <see cref="CountVariable"/> says.</summary>
    public static long Executions =>
        long.TryParse(Environment.GetEnvironmentVariable(CountVariable), NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count
        : Environment.GetEnvironmentVariable(LongRunVariable) == "1" ? LongRun
        : ShortRun;

    /// <summary>Inputs that were not known before and made the target do something new.</summary>
    public List<byte[]> Discoveries { get; } = [];

    /// <summary>How many different outcomes were seen.</summary>
    public int Outcomes => _outcomes.Count;

    /// <summary>Runs the seeds, the known inputs, and as many mutations of them.</summary>
    public void Run(IEnumerable<byte[]> known, long executions)
    {
        foreach (byte[] input in target.Seeds.Concat(known)) Keep(input);
        var random = new Random(seed);
        var mutator = new Mutator(random, target.Words, target.MaxInputLength);
        for (long i = 0; i < executions; i++)
        {
            byte[] input = mutator.Mutate(_inputs);
            if (random.Next(4) != 0) input = target.Repair(input);
            if (_outcomes.Add(Execute(input)) && _inputs.Count < MaxInputs)
            {
                _inputs.Add(input);
                Discoveries.Add(input);
            }
        }
    }

    private void Keep(byte[] input)
    {
        _outcomes.Add(Execute(input));
        _inputs.Add(input);
    }

    private int Execute(byte[] input)
    {
        try
        {
            int outcome = Measure(input, out long allocated);
            // What the code allocates once, for itself, is not the input's doing: the second time it is gone.
            if (allocated > target.MaxAllocation(input.Length)) Measure(input, out allocated);
            Assert.True(allocated <= target.MaxAllocation(input.Length), $"{allocated} bytes were allocated for {input.Length} bytes.");
            return outcome;
        }
        catch (Exception e)
        {
            throw new FuzzFailureException(target.Name, seed, input, e);
        }
    }

    private int Measure(byte[] input, out long allocated)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        int outcome = target.Run(input);
        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return outcome;
    }
}

/// <summary>An input broke its target.</summary>
internal sealed class FuzzFailureException(string target, int seed, byte[] input, Exception cause)
    : Exception($"{target}, seed {seed}: {cause.Message} Reproduce it for ever by this line in Corpora/{target}.hex:\n{Convert.ToHexString(input)}", cause);
