namespace McpOidc.Configuration;

/// <summary>How the pages look that people see on their way, and what they say. Section <c>McpOidc:Pages</c>.</summary>
public sealed class PageOptions
{
    /// <summary>The configuration section: <c>McpOidc:Pages</c>.</summary>
    public const string Section = "McpOidc:Pages";

    /// <summary>The name at the top of every page. Default: the host of the issuer.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// A picture for the top of every page: the path of an SVG, PNG, WebP or JPEG file of at most 100 kB, from the content root. It is read
    /// at start and served from <c>/oauth/logo</c>. Default: none, and then the first letter of the name stands there.
    /// </summary>
    public string? LogoFile { get; set; }

    /// <summary>
    /// The colour of buttons and links, as <c>#rrggbb</c>. It has to be readable on white and on <see cref="Background"/> (WCAG 2.2:
    /// contrast 4.5).
    /// Default: <c>#3056d3</c>.
    /// </summary>
    public string Accent { get; set; } = "#3056d3";

    /// <summary>The same for people who prefer dark pages. Default: <see cref="Accent"/>, made lighter until it is readable.</summary>
    public string? AccentDark { get; set; }

    /// <summary>The colour around the card, as <c>#rrggbb</c>; text has to be readable on it. Default: <c>#f2f4f8</c>.</summary>
    public string Background { get; set; } = "#f2f4f8";

    /// <summary>The same for people who prefer dark pages. Default: <c>#101217</c>.</summary>
    public string BackgroundDark { get; set; } = "#101217";

    /// <summary>Where people find help, shown at the foot of every page: an https or mailto URL. Default: none.</summary>
    public string? SupportUrl { get; set; }

    /// <summary>The language of a page for which neither the client (<c>ui_locales</c>) nor the browser names one that there is. Default:
    /// <c>en</c>.</summary>
    public string DefaultLanguage { get; set; } = "en";

    /// <summary>
    /// Whether a person may say, on the consent page, that a client which waits on its own computer (loopback) runs elsewhere, and then
    /// gets the answer to copy by hand. Default: <see langword="true"/>.
    /// </summary>
    public bool HandOff { get; set; } = true;

    /// <summary>
    /// Further languages by their tag (<c>it</c>, <c>pt-BR</c>, <c>ar</c>), and other words for the texts of <c>en</c>, <c>de</c>,
    /// <c>fr</c>, <c>es</c> and <c>ja</c>. Default: none.
    /// </summary>
    public IDictionary<string, PageLanguageOptions> Languages { get; } =
        new Dictionary<string, PageLanguageOptions>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>Texts of the pages in one language.</summary>
public sealed class PageLanguageOptions
{
    /// <summary>
    /// The texts by their names, which docs/pages.md lists. They are text, not HTML; what stands in braces is filled in. A text that is
    /// left out is this library's, in English where the library does not speak the language. Default: none.
    /// </summary>
    public IDictionary<string, string> Texts { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}
