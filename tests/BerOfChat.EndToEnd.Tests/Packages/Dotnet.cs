using System.Diagnostics;

namespace BerOfChat.EndToEnd.Packages;

/// <summary>Programs as a user starts them: the dotnet command, and what it made.</summary>
internal static class Dotnet
{
    /// <summary>Runs the dotnet command, expects that it succeeds, and gives back what it wrote.</summary>
    public static Task<string> RunAsync(string directory, CancellationToken cancellationToken, params string[] arguments) => RunProgramAsync("dotnet", directory, cancellationToken, arguments);

    /// <inheritdoc cref="RunAsync"/>
    public static async Task<string> RunProgramAsync(string program, string directory, CancellationToken cancellationToken, params string[] arguments)
    {
        using Process process = Start(program, directory, arguments);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} failed:\n{await output}\n{await errors}");
        return await output;
    }

    /// <summary>Starts a program whose lines the caller reads and writes.</summary>
    public static Process Start(string program, string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);

        // No server process outlives the test.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        return Process.Start(start)!;
    }
}
