using System.Diagnostics;
using McpOidc.Tests.Hosting;
using Xunit.Abstractions;

namespace McpOidc.AppHost.Tests.Mutations;

/// <summary>
/// Running the AppHost reveals mistakes in it. <c>APPHOST_MUTANTS</c> sets how many are drawn, <c>APPHOST_SEED</c> the seed; every run
/// draws a few, <c>.ci/long</c> many.
/// </summary>
[Collection(AppHostCollection.Name)]
public sealed class MutationTests(ITestOutputHelper output)
{
    private static readonly int s_count = Number("APPHOST_MUTANTS", 30);
    private static readonly int s_seed = Number("APPHOST_SEED", 1);

    [RedisFact]
    public async Task Every_mutation_of_the_AppHost_drawn_by_a_seed_fails_a_test_that_runs_it()
    {
        var source = new AppHostSource();
        var mutations = Mutation.In(source).ToArray();
        new Random(s_seed).Shuffle(mutations);
        var (drawn, survivors) = (0, new List<string>());
        foreach (var mutation in mutations)
        {
            if (drawn == s_count)
            {
                break;
            }

            if (mutation.Compile(source) is not { } mutant)
            {
                continue;
            }

            drawn++;
            var began = Stopwatch.GetTimestamp();
            var found = await FindAsync(mutant);
            output.WriteLine($"{mutation}: {found?.Split('\n')[0] ?? "SURVIVED"} ({Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s)");
            if (found is null)
            {
                survivors.Add($"{mutation}");
            }
        }

        Assert.Equal(s_count, drawn);
        Assert.Empty(survivors);
    }

    // From the cheapest check to a whole system, as in TopologyTests, ManifestTests, ChoiceTests and SystemTests.
    private static async Task<string?> FindAsync(AppHostProgram program)
    {
        try
        {
            var expectation = new AppHostExpectation(program);
            foreach (var topology in AppHostExpectation.Topologies.Keys)
            {
                if (await expectation.DifferenceAsync(topology) is { } difference)
                {
                    return difference;
                }
            }

            if (await expectation.ManifestDifferenceAsync() is { } published)
            {
                return published;
            }

            await ChoiceCheck.RunAsync(program);
            await using var system = await RunningSystem.StartAsync(["--Redis=executable", "--IdentityProvider=demo"], program: program);
            await SystemCheck.RunAsync(system);
            return null;
        }
        catch (Exception exception)
        {
            // Any failure counts as found.
            return exception.Message;
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
