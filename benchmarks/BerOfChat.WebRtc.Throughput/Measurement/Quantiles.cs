namespace BerOfChat.WebRtc.Throughput.Measurement;

/// <summary>Quantiles of what was measured, by nearest rank: each is a value that occurred.</summary>
internal sealed class Quantiles(IEnumerable<double> values)
{
    private readonly double[] _ascending = [.. values.Order()];

    public double Median => At(0.5);

    public double P99 => At(0.99);

    public double Max => _ascending[^1];

    private double At(double share) => _ascending[(int)Math.Ceiling(share * _ascending.Length) - 1];
}
