using System.Text;

namespace McpOidc.Tests.Documentation;

/// <summary>One command of a shell block.</summary>
/// <param name="Assignments">The variables that it sets: before the command, or with <c>export</c>.</param>
/// <param name="Words">The command and its arguments, without quotes.</param>
/// <param name="Comment">The comment after it.</param>
internal sealed record ShellCommand(IReadOnlyList<(string Name, string Value)> Assignments, IReadOnlyList<string> Words, string Comment)
{
    /// <summary>
    /// Parses the part of shell grammar that the documentation uses: quotes, comments, line continuations, <c>&amp;&amp;</c>, pipes,
    /// assignments, <c>$(…)</c> as part of a word.
    /// </summary>
    public static IEnumerable<ShellCommand> Read(string block) =>
        block.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').SelectMany(ReadLine);

    private static IEnumerable<ShellCommand> ReadLine(string line)
    {
        var (words, comment) = Split(line);
        while (words.Count > 0)
        {
            var end = words.FindIndex(word => word is "&&" or "|" or "&");
            var command = end < 0 ? words : words[..end];
            words = end < 0 ? [] : words[(end + 1)..];
            var exported = command is ["export", ..];
            var rest = command.Skip(exported ? 1 : 0).ToList();
            var assignments = rest.TakeWhile(IsAssignment)
                .Select(word =>
                    (word[..word.IndexOf('=', StringComparison.Ordinal)], word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..])
                )
                .ToList();
            yield return new ShellCommand(assignments, [.. rest.Skip(assignments.Count)], words.Count > 0 ? "" : comment);
        }
    }

    private static bool IsAssignment(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
        && word[..at].All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static (List<string> Words, string Comment) Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (begun, depth, quote) = (false, 0, '\0');
        for (var i = 0; i < line.Length; i++)
        {
            var letter = line[i];
            if (quote != '\0' && letter != quote)
            {
                word.Append(letter);
            }
            else if (letter is '\'' or '"' && depth == 0)
            {
                quote = quote == '\0' ? letter : '\0';
                begun = true;
            }
            else if (letter == '#' && !begun && depth == 0)
            {
                return (words, line[(i + 1)..].Trim());
            }
            else if (char.IsWhiteSpace(letter) && depth == 0)
            {
                Finish(words, word, ref begun);
            }
            else
            {
                depth +=
                    letter == '(' ? 1
                    : letter == ')' ? -1
                    : 0;
                word.Append(letter);
                begun = true;
            }
        }

        Finish(words, word, ref begun);
        return (words, "");
    }

    private static void Finish(List<string> words, StringBuilder word, ref bool begun)
    {
        if (begun)
        {
            words.Add(word.ToString());
        }

        word.Clear();
        begun = false;
    }
}
