using System.Text.RegularExpressions;
using Markdig;
using Markdig.Syntax;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>A code block of README or docs.</summary>
/// <param name="File">The page, from the root of the repository.</param>
/// <param name="Line">Its first line, counted from 1.</param>
/// <param name="Kind">The language of the fence, for instance <c>bash</c>; empty for an indented block.</param>
/// <param name="Text">The content.</param>
/// <param name="Exempt">Why it is not checked, from a comment <c>&lt;!-- not checked: … --&gt;</c> above it.</param>
public sealed partial record CodeBlock(string File, int Line, string Kind, string Text, string? Exempt)
{
    private static readonly string[] s_pages = ["*.md", "docs/**", "samples/**", "templates/**", "src/**", "McpOidc.DevIdp/README.md"];

    /// <summary>Every block of every page for users; not of CHANGELOG, which records history.</summary>
    public static IReadOnlyList<CodeBlock> All { get; } = [.. Pages().SelectMany(Read)];

    /// <summary>The blocks of a kind that must pass.</summary>
    public static IEnumerable<CodeBlock> Of(string kind) => All.Where(block => block.Kind == kind && block.Exempt is null);

    /// <summary>The location, in the format of tools.</summary>
    public override string ToString() => $"{File}:{Line}";

    /// <summary>The pages, from the root of the repository.</summary>
    public static IEnumerable<string> Pages() =>
        s_pages
            .SelectMany(pattern =>
                pattern.EndsWith("/**", StringComparison.Ordinal)
                    ? Directory.EnumerateFiles(Path.Combine(Repository.Root, pattern[..^3]), "*.md", SearchOption.AllDirectories)
                    : Directory.EnumerateFiles(Repository.Root, pattern)
            )
            .Select(Repository.Relative)
            .Where(page =>
                page != "CHANGELOG.md" && !page.Split(Path.DirectorySeparatorChar).Any(part => part is "node_modules" or "bin" or "obj")
            )
            .Select(page => page.Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<CodeBlock> Read(string page) =>
        Markdown
            .Parse(System.IO.File.ReadAllText(Path.Combine(Repository.Root, page)))
            .Descendants<Markdig.Syntax.CodeBlock>()
            .Select(block => new CodeBlock(
                page,
                block.Line + 1,
                (block as FencedCodeBlock)?.Info ?? "",
                block.Lines.ToString(),
                Above(block) is { } comment && NotChecked().Match(comment) is { Success: true } mark ? mark.Groups[1].Value : null
            ));

    private static string? Above(Block block) =>
        block.Parent is { } parent && parent.IndexOf(block) is > 0 and var index && parent[index - 1] is HtmlBlock comment
            ? comment.Lines.ToString()
            : null;

    [GeneratedRegex("^<!-- not checked: (.{10,}) -->$")]
    private static partial Regex NotChecked();
}
