namespace BerOfChat.Fuzzing;

/// <summary>Code that reads untrusted bytes: how good inputs look, and what must hold for any input.</summary>
/// <remarks>A target is deterministic: the same input does the same in every run, so that a failure reproduces from the input alone.</remarks>
internal abstract class FuzzTarget
{
    /// <summary>The name of the target and of its corpus.</summary>
    public string Name => GetType().Name[..^"Target".Length];

    /// <summary>Well-formed inputs to start from.</summary>
    public abstract IEnumerable<byte[]> Seeds { get; }

    /// <summary>Words of the format that are worth inserting.</summary>
    public virtual IReadOnlyList<byte[]> Words => [];

    /// <summary>The longest input that mutation grows.</summary>
    public virtual int MaxInputLength => 2048;

    /// <summary>Gives the input to the code. Throws when something does not hold that must.</summary>
    /// <returns>What the code made of it, as few distinct numbers: an input with a new one is worth going on from.</returns>
    public abstract int Run(ReadOnlySpan<byte> input);

    /// <summary>Makes checksums, tags and signatures right again, so that mutation reaches what lies behind them.</summary>
    /// <returns>The input, or another array.</returns>
    public virtual byte[] Repair(byte[] input) => input;

    /// <summary>How many bytes the code may allocate for an input of this length.</summary>
    public virtual long MaxAllocation(int inputLength) => 16_384 + (64L * inputLength);
}
