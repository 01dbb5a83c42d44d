using System.Collections.Concurrent;
using System.Diagnostics;

namespace McpOidc.Benchmarks.Load;

/// <summary>
/// Starts processes that end with the rig, however it ends: normally, with an error, by Ctrl+C or killed. The kernel signals them
/// (<c>setpriv</c> of util-linux, which replaces itself with the program).
/// </summary>
internal static class Children
{
    // The kernel tracks the thread that started a process, and idle pool threads exit: one long-lived thread starts all processes.
    private static readonly BlockingCollection<Action> s_starts = [];

    static Children() => new Thread(StartAll) { IsBackground = true, Name = "children" }.Start();

    /// <param name="start">What to start.</param>
    /// <param name="cores">The processors that it may use, in <c>taskset</c> syntax (<c>0</c>, <c>0,1</c>); all if
    /// <see langword="null"/>.</param>
    /// <param name="farewell">The signal that ends it. A process with children needs one that it can handle, so that it ends them
    /// too.</param>
    public static Process Start(ProcessStartInfo start, string? cores = null, string farewell = "KILL")
    {
        string[] wrapped =
        [
            "--pdeathsig",
            farewell,
            "--",
            .. cores is null ? [] : (string[])["taskset", "-c", cores],
            start.FileName,
            .. start.ArgumentList,
        ];
        start.FileName = "setpriv";
        start.ArgumentList.Clear();
        foreach (var argument in wrapped)
        {
            start.ArgumentList.Add(argument);
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        s_starts.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    private static void StartAll()
    {
        foreach (var start in s_starts.GetConsumingEnumerable())
        {
            start();
        }
    }
}
