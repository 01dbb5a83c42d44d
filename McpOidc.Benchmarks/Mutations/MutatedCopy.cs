using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace McpOidc.Benchmarks.Mutations;

/// <summary>A copy of the repository with all drawn changes, of which an environment variable enables one.</summary>
internal sealed partial class MutatedCopy(string repository, string copy)
{
    private const string Variable = "MCPOIDC_MUTANT";

    /// <summary>The result if no test failed by name: the run crashed or hung.</summary>
    public const string Unnamed = "(ended without an answer)";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(8);

    /// <summary>Copies the files tracked by git.</summary>
    public async Task MakeAsync()
    {
        var (_, files) = await RunAsync("git", repository, ["ls-files", "-z"], number: 0);
        foreach (
            var file in files.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(repository, file)))
        )
        {
            var target = Path.Combine(copy, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(repository, file), target, overwrite: true);
        }

        await File.WriteAllTextAsync(
            Path.Combine(copy, "src/McpOidc.Core/Mutant.cs"),
            $$"""
            namespace McpOidc;

            internal static class Mutant
            {
                private static readonly int s_number =
                    int.TryParse(System.Environment.GetEnvironmentVariable("{{Variable}}"), out var number) ? number : 0;

                public static bool Is(int number) => number == s_number;
            }
            """
        );
    }

    /// <summary>The unchanged source.</summary>
    public SyntaxNode Read(MutatedFile file) => CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(repository, file.Path))).GetRoot();

    /// <summary>Writes all changes, and builds.</summary>
    /// <returns>The numbers of the changes that do not compile; empty if the build succeeds.</returns>
    public async Task<IReadOnlyCollection<int>> BuildAsync(IReadOnlyDictionary<int, Mutation> drawn)
    {
        foreach (var file in MutatedFile.All)
        {
            await File.WriteAllTextAsync(Path.Combine(copy, file.Path), Text(Read(file), drawn.Where(one => one.Value.File == file)));
        }

        string[] build =
        [
            "build",
            "McpOidc.Tests",
            "-v",
            "q",
            "-p:TreatWarningsAsErrors=false",
            "-p:RunAnalyzers=false",
            "-p:NoWarn=CS1591",
        ];
        var (code, output) = await RunAsync("dotnet", copy, build, number: 0);
        if (code == 0)
        {
            return [];
        }

        var broken = Error()
            .Matches(output)
            .SelectMany(error => NumbersAt(error.Groups[1].Value, int.Parse(error.Groups[2].Value, CultureInfo.InvariantCulture)))
            .ToHashSet();
        return broken.Count > 0 ? broken : throw new InvalidOperationException("The copy does not build:\n" + output);
    }

    /// <summary>Runs tests until one fails.</summary>
    /// <param name="tests">Parts of their names.</param>
    /// <param name="number">The change to enable; 0 for none.</param>
    /// <returns>The test that failed, or <see langword="null"/>.</returns>
    public async Task<string?> FailureAsync(IEnumerable<string> tests, int number)
    {
        var filter = string.Join('|', tests.Select(test => $"FullyQualifiedName~{test}"));
        string[] test = ["test", "McpOidc.Tests", "--no-build", "--filter", filter, "--", "xUnit.StopOnFail=true"];
        var (code, output) = await RunAsync("dotnet", copy, test, number);
        return code == 0 ? null
            : Failed().Match(output) is { Success: true } failed ? failed.Groups[1].Value
            : Unnamed;
    }

    // Replaces each node once: two changes of one node are nested.
    private static string Text(SyntaxNode root, IEnumerable<KeyValuePair<int, Mutation>> drawn)
    {
        var nodes = drawn
            .GroupBy(one => one.Value.Node.Span)
            .ToDictionary(group => group.Key, group => group.OrderByDescending(one => one.Value.TakesApart).ToList());
        return root.ReplaceNodes(
                root.DescendantNodes()
                    .Where(node => nodes.TryGetValue(node.Span, out var here) && here.Any(one => one.Value.Node.RawKind == node.RawKind)),
                (original, rewritten) =>
                {
                    var code = rewritten.WithoutTrivia().ToFullString();
                    foreach (var (number, mutation) in nodes[original.Span].Where(one => one.Value.Node.RawKind == original.RawKind))
                    {
                        code = mutation.Switched(code, $"McpOidc.Mutant.Is({number})");
                    }

                    SyntaxNode changed =
                        original is Microsoft.CodeAnalysis.CSharp.Syntax.StatementSyntax
                            ? SyntaxFactory.ParseStatement(code)
                            : SyntaxFactory.ParseExpression(code);
                    return changed.WithTriviaFrom(original);
                }
            )
            .ToFullString();
    }

    // An error may be reported on a later line of a change than the one with its number.
    private static IEnumerable<int> NumbersAt(string file, int line)
    {
        var lines = File.ReadAllLines(file);
        for (var at = Math.Min(line, lines.Length) - 1; at >= 0; at--)
        {
            if (Number().Matches(lines[at]) is { Count: > 0 } found)
            {
                return found.Select(number => int.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture));
            }
        }

        return [];
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, string directory, string[] arguments, int number)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [Variable] = number.ToString(CultureInfo.InvariantCulture) },
        };
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(s_patience);
        try
        {
            // When the runner stops at the first failure, it names the failed test on stderr.
            var texts = await Task.WhenAll(
                process.StandardOutput.ReadToEndAsync(deadline.Token),
                process.StandardError.ReadToEndAsync(deadline.Token)
            );
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, string.Concat(texts));
        }
        catch (OperationCanceledException)
        {
            // A change that causes an endless loop counts as noticed.
            process.Kill(entireProcessTree: true);
            return (-1, "");
        }
    }

    [GeneratedRegex(@"^\s*(.+?)\((\d+),\d+\): error CS", RegexOptions.Multiline)]
    private static partial Regex Error();

    [GeneratedRegex(@"Mutant\.Is\((\d+)\)")]
    private static partial Regex Number();

    // The runner's own line: when it stops at a failure, it prints no other.
    [GeneratedRegex(@"\]\s+([\w.]+).* \[FAIL\]")]
    private static partial Regex Failed();
}
