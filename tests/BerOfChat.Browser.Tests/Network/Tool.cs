using System.Diagnostics;

namespace BerOfChat.Browser;

/// <summary>Programs of the system.</summary>
internal static class Tool
{
    public static string? Find(params string[] names) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(directory => names.Select(name => Path.Combine(directory, name))).FirstOrDefault(File.Exists);

    public static async Task RunAsync(string name, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{name} {arguments}: {errors}");
    }
}
