using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Chromium;

/// <summary>Where the pictures of the pages go.</summary>
internal static class Pictures
{
    /// <summary>With the value 1: the pictures of the documentation are taken anew.</summary>
    private const string DocsVariable = "MCPOIDC_DOCS_IMAGES";

    /// <summary>The folder for whoever looks at a run: not in git, an artifact on CI.</summary>
    public static string Folder { get; } = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "pages")).FullName;

    /// <summary>The views of which pictures are taken: they take as long as axe does.</summary>
    public static IReadOnlyList<string> Views(bool isEnglish) =>
        FolderForDocs is not null ? ["390-light", "390-dark", "1280-light", "1280-dark"]
        : isEnglish ? ["390-dark", "1280-light"]
        : [];

    /// <summary>The pictures that docs/pages.md shows.</summary>
    public static IReadOnlyList<string> InDocs { get; } =
    [
        "consent-loopback-1280-light",
        "choose-provider-1280-light",
        "consent-loopback-390-dark",
        "account-390-dark",
        "hand-off-390-dark",
        "open-application-390-dark",
        "error-390-dark",
    ];

    /// <summary>Where those go when they are taken; <see langword="null"/> otherwise.</summary>
    public static string? FolderForDocs { get; } =
        Environment.GetEnvironmentVariable(DocsVariable) == "1"
            ? Directory.CreateDirectory(Path.Combine(SourceTree.Root, "docs", "images")).FullName
            : null;
}
