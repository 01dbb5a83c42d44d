using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace McpOidc.McpServer;

/// <summary>Prints what a new user needs once the server is listening, unless the console output is meant for programs.</summary>
internal sealed class Welcome(IServiceProvider services, IHostApplicationLifetime lifetime, IOptions<ConsoleLoggerOptions> console)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (console.Value.FormatterName is null or ConsoleFormatterNames.Simple)
        {
            lifetime.ApplicationStarted.Register(Print);
        }

        return Task.CompletedTask;
    }

    private void Print()
    {
        var url = ConnectHints.McpUrl(services);
        Console.WriteLine();
        Console.WriteLine($"  MCP endpoint   {url}");
        if (services.GetService<DemoUsers>() is { } users)
        {
            Console.WriteLine($"  Demo users     {users}");
        }

        Console.WriteLine("  Add it to your client:");
        foreach (var (client, line) in ConnectHints.For(url))
        {
            Console.WriteLine($"    {client}: {line}");
        }

        Console.WriteLine();
    }
}
