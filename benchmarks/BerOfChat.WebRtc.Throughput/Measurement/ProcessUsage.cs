namespace BerOfChat.WebRtc.Throughput.Measurement;

/// <summary>What a process has used so far.</summary>
/// <param name="CpuSeconds">Processor time of all its threads, in user and kernel mode.</param>
/// <param name="AllocatedBytes">Bytes allocated on the managed heap.</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long AllocatedBytes)
{
    public static ProcessUsage Now => new(Environment.CpuUsage.TotalTime.TotalSeconds, GC.GetTotalAllocatedBytes(precise: true));

    public static ProcessUsage operator +(ProcessUsage left, ProcessUsage right) => new(left.CpuSeconds + right.CpuSeconds, left.AllocatedBytes + right.AllocatedBytes);

    public static ProcessUsage operator -(ProcessUsage left, ProcessUsage right) => new(left.CpuSeconds - right.CpuSeconds, left.AllocatedBytes - right.AllocatedBytes);
}
