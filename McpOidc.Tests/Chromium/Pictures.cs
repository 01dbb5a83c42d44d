using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Chromium;

/// <summary>Where the pictures of the pages go.</summary>
internal static class Pictures
{
    /// <summary>With the value 1: the pictures of the documentation are taken anew.</summary>
    private const string DocsVariable = "MCPOIDC_DOCS_IMAGES";

    /// <summary>The folder for whoever looks at a run: not in git, an artifact on CI.</summary>
    public static string Folder { get; } = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "pages")).FullName;

    /// <summary>The pictures that docs/pages.md shows.</summary>
    public static IReadOnlyList<string> InDocs { get; } =
    [
        "consent-loopback-1280-light",
        "choose-provider-1280-light",
        "consent-loopback-360-dark",
        "hand-off-360-dark",
        "open-application-360-dark",
        "error-360-dark",
    ];

    /// <summary>Where those go when they are taken; <see langword="null"/> otherwise.</summary>
    public static string? FolderForDocs { get; } =
        Environment.GetEnvironmentVariable(DocsVariable) == "1"
            ? Directory.CreateDirectory(Path.Combine(SourceTree.Root, "docs", "images")).FullName
            : null;
}
