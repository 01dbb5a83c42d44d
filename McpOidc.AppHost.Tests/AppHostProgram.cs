using System.Reflection;
using Aspire.Hosting.Testing;

namespace McpOidc.AppHost.Tests;

/// <summary>The AppHost, or a mutant of it, running in this process.</summary>
internal sealed class AppHostProgram(Assembly assembly)
{
    // Many AppHosts in one process would exhaust the system's file watchers.
    private const string NoWatchers = "--hostBuilder:reloadConfigOnChange=false";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    public static AppHostProgram Real { get; } = new(typeof(Projects.McpOidc_AppHost).Assembly);

    /// <summary>Runs it until its model is complete.</summary>
    public Task<IDistributedApplicationTestingBuilder> CreateAsync(string[] arguments, CancellationToken cancellationToken) =>
        DistributedApplicationTestingBuilder.CreateAsync(
            assembly.EntryPoint!.DeclaringType!,
            [NoWatchers, .. arguments],
            cancellationToken
        );

    /// <summary>Describes its model.</summary>
    public async Task<string> DescribeAsync(params string[] arguments)
    {
        using var limit = new CancellationTokenSource(s_patience);
        await using var builder = await CreateAsync(arguments, limit.Token);
        return await ModelText.OfAsync(builder, limit.Token);
    }

    /// <summary>Runs it to the end, for a publish or an unavailable choice.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        string[] given = [NoWatchers, .. arguments];
        var (exitCode, written) = await CapturedConsole.OfAsync(() =>
            Task.Run(() => (int)assembly.EntryPoint!.Invoke(null, [given])!).WaitAsync(s_patience)
        );
        return (exitCode, written.Output, written.Errors);
    }
}
