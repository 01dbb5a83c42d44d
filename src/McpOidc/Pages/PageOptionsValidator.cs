using System.Text.RegularExpressions;
using McpOidc.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Pages;

/// <summary>Rejects unreadable colours, a logo that cannot be shown, and unknown texts.</summary>
internal sealed partial class PageOptionsValidator(IHostEnvironment environment) : IValidateOptions<PageOptions>
{
    public ValidateOptionsResult Validate(string? name, PageOptions options)
    {
        var problems = Colors(options).Concat(Languages(options)).ToList();
        if (Logo.FindProblem(options, environment) is { } problem)
        {
            problems.Add(
                Describe(
                    $"{PageOptions.Section}:{nameof(options.LogoFile)}",
                    problem,
                    "Set it to an SVG, PNG, WebP or JPEG file of at most 100 kB."
                )
            );
        }

        if (
            options.SupportUrl is { Length: > 0 } support
            && !(Uri.TryCreate(support, UriKind.Absolute, out var url) && url.Scheme is "https" or "mailto")
        )
        {
            problems.Add(Describe($"{PageOptions.Section}:{nameof(options.SupportUrl)}", $"is '{support}'", "Use an https or mailto URL."));
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static List<string> Colors(PageOptions options)
    {
        (string Setting, string? Value)[] colors =
        [
            (nameof(options.Accent), options.Accent),
            (nameof(options.AccentDark), options.AccentDark),
            (nameof(options.Background), options.Background),
            (nameof(options.BackgroundDark), options.BackgroundDark),
        ];
        var problems = colors
            .Where(color =>
                Color.TryParse(color.Value) is null && !(color.Setting == nameof(options.AccentDark) && string.IsNullOrEmpty(color.Value))
            )
            .Select(color =>
                Describe(
                    $"{PageOptions.Section}:{color.Setting}",
                    $"is '{color.Value}', which is not a colour",
                    "Write it as #rrggbb, for instance #3056d3."
                )
            )
            .ToList();
        if (problems.Count > 0)
        {
            return problems;
        }

        (Palette Palette, string Accent, string Background)[] palettes =
        [
            (Palette.Light(options), nameof(options.Accent), nameof(options.Background)),
            (Palette.Dark(options), nameof(options.AccentDark), nameof(options.BackgroundDark)),
        ];
        foreach (var (palette, accent, background) in palettes)
        {
            Require(problems, background, palette.Back, "text", palette.Ink);
            Require(problems, background, palette.Back, "quiet text", palette.Quiet);
            Require(problems, accent, palette.Accent, "the card", palette.Paper);
            Require(problems, accent, palette.Accent, $"McpOidc:Pages:{background}", palette.Back);
        }

        return problems;
    }

    private static void Require(List<string> problems, string setting, Color color, string otherName, Color other)
    {
        if (color.ContrastWith(other) is < Color.Readable and var contrast)
        {
            problems.Add(
                Describe(
                    $"{PageOptions.Section}:{setting}",
                    FormattableString.Invariant($"is {color}, which has a contrast of {contrast:0.0} with {otherName} ({other})"),
                    "Choose a colour with a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."
                )
            );
        }
    }

    private static IEnumerable<string> Languages(PageOptions options)
    {
        var known = TextCatalog.BuiltIn.Concat(options.Languages.Keys);
        if (!known.Contains(options.DefaultLanguage, StringComparer.OrdinalIgnoreCase))
        {
            yield return Describe(
                $"{PageOptions.Section}:{nameof(options.DefaultLanguage)}",
                $"is '{options.DefaultLanguage}'",
                $"Use {string.Join(", ", known)}, or add texts for the language to McpOidc:Pages:Languages."
            );
        }

        var complete = TextCatalog.Read(TextCatalog.Complete);
        foreach (var (language, own) in options.Languages)
        {
            var section = $"{PageOptions.Section}:{nameof(options.Languages)}:{language}";
            if (!LanguageTag().IsMatch(language))
            {
                yield return Describe(section, "is not a language tag", "Use a tag such as it, pt-BR or ar (BCP 47).");
            }

            foreach (var (name, text) in own.Texts)
            {
                if (FindProblem(complete, name, text) is { } problem)
                {
                    yield return Describe($"{section}:Texts:{name}", problem, "docs/pages.md lists the texts and their placeholders.");
                }
            }
        }
    }

    private static string? FindProblem(Dictionary<PageText, string> complete, string name, string text)
    {
        if (!Enum.TryParse<PageText>(name, ignoreCase: true, out var key) || !Enum.IsDefined(key) || char.IsAsciiDigit(name[0]))
        {
            return "is not the name of a page text";
        }

        var unknown = Placeholder()
            .Matches(text)
            .Select(match => match.Value)
            .Except(Placeholder().Matches(complete[key]).Select(match => match.Value), StringComparer.Ordinal)
            .ToList();
        return unknown.Count > 0 ? $"has {string.Join(", ", unknown)}, which is not a placeholder of this text"
            : key == PageText.Months && text.Split('|').Length != 12 ? "does not have twelve months separated by |"
            : null;
    }

    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    private static partial Regex LanguageTag();

    [GeneratedRegex(@"\{[^}]*\}?")]
    private static partial Regex Placeholder();
}
