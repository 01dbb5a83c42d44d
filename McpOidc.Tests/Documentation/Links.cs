using System.Text;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>Links between the pages, and code spans in their text.</summary>
internal static class Links
{
    public static IEnumerable<string> BrokenOf(string page)
    {
        foreach (
            var link in Parse(page)
                .Descendants<LinkInline>()
                .Select(link => link.Url ?? "")
                .Where(url => !url.Contains(':', StringComparison.Ordinal))
        )
        {
            var (path, heading) = link.Split('#') is [var before, var after] ? (before, after) : (link, "");
            var target =
                path.Length == 0
                    ? page
                    : Path.GetRelativePath(
                        Repository.Root,
                        Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, Uri.UnescapeDataString(path)))
                    );
            if (!Path.Exists(Path.Combine(Repository.Root, target)) || (heading.Length > 0 && !Headings(target).Contains(heading)))
            {
                yield return $"{page}: {link}";
            }
        }
    }

    /// <summary>The files in the repository that a page, or some of its sections, links to.</summary>
    public static IEnumerable<string> TargetsOf(string page, params string[] sections)
    {
        var within = sections.Length == 0;
        foreach (var block in Parse(page))
        {
            within = block is HeadingBlock { Level: 2 } heading
                ? sections.Length == 0 || sections.Contains(string.Concat(heading.Inline!.Descendants().Select(Text)))
                : within;
            var links = block is LeafBlock leaf ? leaf.Inline?.Descendants<LinkInline>() ?? [] : block.Descendants<LinkInline>();
            foreach (var url in links.Select(link => link.Url ?? "").Where(_ => within))
            {
                if (!url.Contains(':', StringComparison.Ordinal) && url.Split('#')[0] is { Length: > 0 } path)
                {
                    var target = Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, path));
                    yield return Path.GetRelativePath(Repository.Root, target).Replace(Path.DirectorySeparatorChar, '/');
                }
            }
        }
    }

    /// <summary>The code spans of a page.</summary>
    public static IEnumerable<string> Spans(string page) => Parse(page).Descendants<CodeInline>().Select(code => code.Content);

    private static MarkdownDocument Parse(string page) => Markdown.Parse(File.ReadAllText(Path.Combine(Repository.Root, page)));

    private static IEnumerable<string> Headings(string page) =>
        Parse(page).Descendants<HeadingBlock>().Select(heading => Anchor(string.Concat(heading.Inline!.Descendants().Select(Text))));

    private static string Text(MarkdownObject inline) =>
        inline switch
        {
            LiteralInline literal => literal.Content.ToString(),
            CodeInline code => code.Content,
            _ => "",
        };

    // GitHub's algorithm: lower case, without punctuation, hyphens for spaces.
    private static string Anchor(string heading)
    {
        var anchor = new StringBuilder();
        foreach (var letter in heading.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-' or '_'))
        {
            anchor.Append(letter == ' ' ? '-' : letter);
        }

        return anchor.ToString();
    }
}
