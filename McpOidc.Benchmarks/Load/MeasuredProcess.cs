using System.Diagnostics;
using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>A process of the rig: how long it took to answer, what it has used since.</summary>
internal sealed class MeasuredProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly HttpClient s_http = new();
    private readonly Process _process;

    private MeasuredProcess(Process process, TimeSpan startUp) => (_process, StartUp) = (process, startUp);

    /// <summary>From the start of the process to its first good answer.</summary>
    public TimeSpan StartUp { get; }

    /// <summary>What it has used of the processors.</summary>
    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
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

    /// <param name="program">The executable.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Beside the environment of the rig.</param>
    /// <param name="health">A URL that answers 200 when it can work.</param>
    /// <param name="folder">Its working directory.</param>
    public static async Task<MeasuredProcess> StartAsync(string program, string[] arguments, IReadOnlyDictionary<string, string> environment, string? health, string folder = "")
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var began = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (health is not null && !await AnswersAsync(health))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(began) > s_patience)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{program} does not answer at {health}."));
            }

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
