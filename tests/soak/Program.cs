using System.Globalization;
using BerOfChat.Soak;

double minutes = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 10;
int seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next();
Console.WriteLine($"Seed {seed}; {minutes} minutes. To repeat: tests/soak/run.sh {minutes} {seed}");
await using var soak = new FourProcesses(seed);
try
{
    await soak.RunAsync(TimeSpan.FromMinutes(minutes));
    Console.WriteLine($"PASSED. Seed {seed}: {soak.Summary}; nothing lost, nothing twice, the same order in all four files.");
    return 0;
}
catch (Exception e) when (e is TimeoutException or InvalidDataException)
{
    Console.WriteLine(e.Message);
    Console.WriteLine($"FAILED. Seed {seed}: {soak.Summary}.");
    return 1;
}
