using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace McpOidc.Tests.Fuzzing;

/// <summary>Feeds inputs to a target: no exception but the declared one, and no input that takes much time or memory.</summary>
internal sealed class FuzzRun(ITestOutputHelper output, string target)
{
    private const long MostBytesOfOneInput = 64 << 20;
    private const long MostBytesKept = 1L << 30;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    /// <param name="count">The number of inputs.</param>
    /// <param name="make">Generates an input.</param>
    /// <param name="useAsync">Passes it to the target. Any exception is a finding.</param>
    public async Task RunAsync<T>(int count, Func<Mutator, T> make, Func<T, Task> useAsync)
    {
        var (start, peak, most) = (Stopwatch.GetTimestamp(), 0L, 0L);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var number = 0; number < count; number++)
        {
            var input = make(new Mutator(number));
            var (began, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                var use = useAsync(input);

                // Only work completed synchronously ran on this thread.
                most = use.IsCompleted ? Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - allocated) : most;
                await use;
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{target}, input {number}: {Show(input)}", exception);
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < s_longest, $"{target}, input {number} took long: {Show(input)}");
            peak = number % 256 == 0 ? Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false)) : peak;
        }

        // Other tests hold memory at the same time: the peak is a bound, not a measurement.
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{target}: {count} inputs, {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, peak {peak >> 20} MiB (before "
                    + $"{before >> 20}), most for one input {most >> 10} KiB"
            )
        );
        Assert.InRange(peak - before, long.MinValue, MostBytesKept);
        Assert.InRange(most, long.MinValue, MostBytesOfOneInput);
    }

    public Task RunAsync<T>(int count, Func<Mutator, T> make, Action<T> use) =>
        RunAsync(
            count,
            make,
            input =>
            {
                use(input);
                return Task.CompletedTask;
            }
        );

    private static string Show<T>(T input)
    {
        var text = input is byte[] bytes ? Encoding.Latin1.GetString(bytes) : $"{input}";
        return text.Length > 2_000 ? $"{text[..1_000]}…{text[^500..]} ({text.Length} characters)" : text;
    }
}
