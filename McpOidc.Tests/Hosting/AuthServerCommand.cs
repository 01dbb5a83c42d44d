using System.Diagnostics;

namespace McpOidc.Tests.Hosting;

/// <summary><c>dotnet run --project McpOidc.AuthServer -- …</c>, as a process.</summary>
internal static class AuthServerCommand
{
    public static async Task<(int Code, string Output, string Errors)> RunAsync(
        string[] arguments,
        params KeyValuePair<string, string?>[] settings
    )
    {
        // Not the test output directory, which contains settings files of other programs.
        var directory = Directory.CreateTempSubdirectory("mcpoidc-command-");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "McpOidc.AuthServer.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_CONTENTROOT"] = directory.FullName;
        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        directory.Delete(recursive: true);
        return (process.ExitCode, await output, await errors);
    }
}
