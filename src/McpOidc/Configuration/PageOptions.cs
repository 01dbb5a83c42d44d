namespace McpOidc.Configuration;

/// <summary>The appearance and texts of the pages. Section <c>McpOidc:Pages</c>.</summary>
public sealed class PageOptions
{
    /// <summary>The configuration section: <c>McpOidc:Pages</c>.</summary>
    public const string Section = "McpOidc:Pages";

    /// <summary>The name at the top of every page. Default: the host of the issuer.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// A logo for the top of every page: the path of an SVG, PNG, WebP or JPEG file of at most 100 kB, relative to the content root. It is
    /// read at start and served from <c>/oauth/logo</c>. Default: none, which shows the first letter of the name.
    /// </summary>
    public string? LogoFile { get; set; }

    /// <summary>
    /// The colour of buttons and links, as <c>#rrggbb</c>. It must be readable on white and on <see cref="Background"/> (WCAG 2.2:
    /// contrast 4.5). Default: <c>#3056d3</c>.
    /// </summary>
    public string Accent { get; set; } = "#3056d3";

    /// <summary>The same in dark mode. Default: <see cref="Accent"/>, lightened until it is readable.</summary>
    public string? AccentDark { get; set; }

    /// <summary>The colour around the card, as <c>#rrggbb</c>; text must be readable on it. Default: <c>#f2f4f8</c>.</summary>
    public string Background { get; set; } = "#f2f4f8";

    /// <summary>The same in dark mode. Default: <c>#101217</c>.</summary>
    public string BackgroundDark { get; set; } = "#101217";

    /// <summary>A help link at the bottom of every page: an https or mailto URL. Default: none.</summary>
    public string? SupportUrl { get; set; }

    /// <summary>The language if neither the client (<c>ui_locales</c>) nor the browser requests an available one. Default:
    /// <c>en</c>.</summary>
    public string DefaultLanguage { get; set; } = "en";

    /// <summary>
    /// Whether users may declare on the consent page that a client on loopback runs on another computer, and then copy the response to it.
    /// Default: <see langword="true"/>.
    /// </summary>
    public bool HandOff { get; set; } = true;

    /// <summary>
    /// Additional languages by their tag (<c>it</c>, <c>pt-BR</c>, <c>ar</c>), and replacements for texts in <c>en</c>, <c>de</c>,
    /// <c>fr</c>, <c>es</c> and <c>ja</c>. Default: none.
    /// </summary>
    public IDictionary<string, PageLanguageOptions> Languages { get; } =
        new Dictionary<string, PageLanguageOptions>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>The page texts in one language.</summary>
public sealed class PageLanguageOptions
{
    /// <summary>
    /// The texts by the names listed in docs/pages.md. They are text, not HTML; placeholders in braces are replaced. For a missing text,
    /// the built-in one is used, in English if the language is not built in. Default: none.
    /// </summary>
    public IDictionary<string, string> Texts { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}
