using System.Diagnostics;
using System.Text;

namespace McpOidc.Tests.Hosting;

/// <summary>A running program that was built separately: it answers at a URL and ends with the test.</summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly HttpClient s_http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ProgramProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Its output so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Waits until it has printed a text, for instance that it is listening.</summary>
    public async Task WaitForOutputAsync(string text)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>Starts an assembly in the Development environment and waits until a URL answers.</summary>
    public static Task<ProgramProcess> StartAssemblyAsync(
        string assembly,
        string contentRoot,
        Uri answers,
        IReadOnlyDictionary<string, string> environment
    ) =>
        StartAsync(
            new ProcessStartInfo("dotnet", ["exec", assembly]) { WorkingDirectory = contentRoot },
            answers,
            new Dictionary<string, string>(environment)
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = answers.GetLeftPart(UriPartial.Authority),
                // Ends it when its standard input closes, so that it cannot outlive a killed test run.
                ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
            }
        );

    /// <summary>Starts a program and waits until a URL answers, with any status.</summary>
    public static async Task<ProgramProcess> StartAsync(
        ProcessStartInfo start,
        Uri answers,
        IReadOnlyDictionary<string, string> environment
    )
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var program = new ProgramProcess(Process.Start(start)!);
        try
        {
            await program.WaitUntilItAnswersAsync(answers);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends SIGTERM and waits for the process to exit.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync(TimeSpan within)
    {
        await SignalAsync("TERM");
        using var limit = new CancellationTokenSource(within);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {_process.Id}"]);
        using var limit = new CancellationTokenSource(s_patience);
        await kill.WaitForExitAsync(limit.Token);
    }

    /// <summary>Waits for the process to exit.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan within)
    {
        using var limit = new CancellationTokenSource(within);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until the health endpoint returns 200.</summary>
    public static async Task WaitForHealthAsync(Uri health)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            using var answer = await s_http.GetAsync(health, limit.Token);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        using var limit = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(limit.Token);
        _process.Dispose();
    }

    private async Task WaitUntilItAnswersAsync(Uri url)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        do
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The program ended with {_process.ExitCode}: {Output}");
            }

            if (limit.IsCancellationRequested)
            {
                throw new InvalidOperationException($"The program does not answer at {url}: {Output}");
            }
        } while (!await AnswersAsync(url) && await pulse.WaitForNextTickAsync());
    }

    private static async Task<bool> AnswersAsync(Uri url)
    {
        try
        {
            using var response = await s_http.GetAsync(url);
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private void Add(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
