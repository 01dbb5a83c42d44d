using System.Diagnostics;
using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>A process of the rig: its start-up time and its resource use.</summary>
internal sealed class MeasuredProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private static readonly HttpClient s_http = new(LoadCertificate.TrustingHandler());
    private readonly Process _process;

    private MeasuredProcess(Process process, TimeSpan startUp) => (_process, StartUp) = (process, startUp);

    /// <summary>From the start of the process to its first successful response.</summary>
    public TimeSpan StartUp { get; }

    /// <summary>The processor time used so far.</summary>
    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public int Threads
    {
        get
        {
            _process.Refresh();
            return _process.Threads.Count;
        }
    }

    /// <summary>Resident memory in MB (10⁶ bytes).</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    public static async Task<MeasuredProcess> StartAsync(ProcessPlan plan)
    {
        var start = new ProcessStartInfo(plan.Program, plan.Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = plan.Folder,
        };
        foreach (var (name, value) in plan.Environment)
        {
            start.Environment[name] = value;
        }

        var began = Stopwatch.GetTimestamp();
        var process = Children.Start(start, plan.Cores, plan.Farewell);
        // Logs go through a pipe, as with a container engine; they are not split into lines, which would take processor time from what is
        // measured.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        process.ErrorDataReceived += (_, line) => Console.Error.Write(line.Data is { } text ? text + "\n" : "");
        process.BeginErrorReadLine();
        while (plan.Health is not null && !await AnswersAsync(plan.Health))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(began) > s_patience)
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"{plan.Program} does not answer at {plan.Health}.")
                );
            }

            // Polls so often that the start-up time is accurate to 5 ms; a time-out ends it.
            await Task.Delay(5);
        }

        return new MeasuredProcess(process, Stopwatch.GetElapsedTime(began));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(string url)
    {
        try
        {
            using var response = await s_http.GetAsync(new Uri(url));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
