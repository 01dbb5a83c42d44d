using System.Diagnostics;
using System.Globalization;

namespace McpOidc.Benchmarks.Mutations;

/// <summary>
/// Draws single changes, by a seed, to the code on which security and data depend, and checks which ones a test notices. One build contains
/// all of them, each behind a switch; a change that does not compile is replaced by another draw.
/// </summary>
internal static class MutationRig
{
    private const int MaximumBuilds = 8;

    // A twentieth may survive: some drawn changes have no effect.
    /// <param name="options">The number of changes, the seed, and the folder for the copy.</param>
    public static async Task<int> RunAsync(string[] options)
    {
        var count = int.Parse(options.ElementAtOrDefault(0) ?? "100", CultureInfo.InvariantCulture);
        var seed = int.Parse(options.ElementAtOrDefault(1) ?? "19", CultureInfo.InvariantCulture);
        var folder = options.ElementAtOrDefault(2) ?? Directory.CreateTempSubdirectory("mcpoidc-mutants-").FullName;
        var copy = new MutatedCopy(Directory.GetCurrentDirectory(), folder);
        await copy.MakeAsync();
        var drawn = await DrawAsync(copy, count, seed);
        var (survivors, noticedBy) = (new List<Mutation>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (number, mutation) in drawn)
        {
            var began = Stopwatch.GetTimestamp();
            var failed = await copy.FailureAsync(mutation.File.Tests, number);
            await Console.Out.WriteLineAsync(
                $"{number} {mutation}\n    {failed ?? "SURVIVED"} ({Stopwatch.GetElapsedTime(began).TotalSeconds:0} s)"
            );
            if (failed is null)
            {
                survivors.Add(mutation);
            }
            else if (failed != MutatedCopy.Unnamed)
            {
                noticedBy.Add(failed);
            }
        }

        if (await copy.FailureAsync(noticedBy, number: 0) is { } always)
        {
            throw new InvalidOperationException($"{always} fails without any change.");
        }

        await Console.Out.WriteLineAsync($"\n{drawn.Count - survivors.Count} of {drawn.Count} were noticed (seed {seed}).");
        survivors.ForEach(survivor => Console.WriteLine($"survived: {survivor}"));
        return survivors.Count * 20 > drawn.Count ? 1 : 0;
    }

    private static async Task<SortedDictionary<int, Mutation>> DrawAsync(MutatedCopy copy, int count, int seed)
    {
        var all = MutatedFile.All.SelectMany(file => Mutation.In(file, copy.Read(file))).ToArray();
        await Console.Out.WriteLineAsync($"{all.Length} changes of {MutatedFile.All.Count} files, {count} are drawn by the seed {seed}.");
        new Random(seed).Shuffle(all);
        var drawn = new SortedDictionary<int, Mutation>();
        var next = 0;
        for (var build = 0; build < MaximumBuilds; build++)
        {
            while (drawn.Count < count && next < all.Length)
            {
                drawn[next + 1] = all[next];
                next++;
            }

            var broken = await copy.BuildAsync(drawn);
            if (broken.Count == 0)
            {
                return drawn;
            }

            foreach (var number in broken)
            {
                await Console.Out.WriteLineAsync($"{number} does not compile: {all[number - 1]}");
                drawn.Remove(number);
            }
        }

        throw new InvalidOperationException("The changes that were drawn do not compile together.");
    }
}
