using System.Diagnostics;
using System.Globalization;

namespace McpOidc.Tests.Faults;

/// <summary>One of the shipped programs as a process that can be killed, and that is restarted until it runs, as an orchestrator
/// would.</summary>
internal sealed class ServerProcess(
    string name,
    string program,
    int port,
    TimeSpan clockOffset,
    IReadOnlyDictionary<string, string> settings,
    string folder
) : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private static readonly string s_programs = AppContext.BaseDirectory;
    private static readonly HttpClient s_http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(2) };
    private readonly StreamWriter _log = new(Path.Combine(folder, name + ".log")) { AutoFlush = true };
    private Process? _process;

    public string Name => name;

    public string Origin => $"http://localhost:{port}";

    /// <summary>Starts it and waits until it answers.</summary>
    public async Task StartAsync()
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        do
        {
            if (_process is null or { HasExited: true })
            {
                _process?.Dispose();
                _process = Launch();
            }

            await pulse.WaitForNextTickAsync(limit.Token);
        } while (!await AnswersAsync(limit.Token));
    }

    /// <summary>Sends SIGKILL: nothing completes or is flushed.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            using var limit = new CancellationTokenSource(s_patience);
            await process.WaitForExitAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        lock (_log)
        {
            _log.Dispose();
        }
    }

    private Process Launch()
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(s_programs, program)])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        start.Environment["ASPNETCORE_URLS"] = Origin;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ServerProcess).Assembly.Location;
        start.Environment["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(ServerProcess).Assembly.GetName().Name;
        start.Environment[OffsetClock.Variable] = clockOffset.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Log(line.Data);
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Log(string? line)
    {
        lock (_log)
        {
            if (line is not null && _log.BaseStream is { CanWrite: true })
            {
                _log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {line}"));
            }
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await s_http.GetAsync(new Uri(Origin + "/alive"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception)
            when (exception is HttpRequestException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return false;
        }
    }
}
