using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Chromium;

/// <summary>Where the screenshots of the pages go.</summary>
internal static class Pictures
{
    /// <summary>If set to 1, the screenshots of the documentation are retaken.</summary>
    private const string DocsVariable = "MCPOIDC_DOCS_IMAGES";

    /// <summary>The folder for reviewers of a run: not in git, an artifact on CI.</summary>
    public static string Folder { get; } = Directory.CreateDirectory(Path.Combine(SourceTree.Root, "artifacts", "pages")).FullName;

    /// <summary>The views that get a screenshot: each takes as long as an audit.</summary>
    public static IReadOnlyList<string> Views(bool isEnglish) =>
        FolderForDocs is not null ? ["390-light", "390-dark", "1280-light", "1280-dark"]
        : isEnglish ? ["390-dark", "1280-light"]
        : [];

    /// <summary>The screenshots in docs/pages.md.</summary>
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

    /// <summary>Where those are saved when they are retaken; <see langword="null"/> otherwise.</summary>
    public static string? FolderForDocs { get; } =
        Environment.GetEnvironmentVariable(DocsVariable) == "1"
            ? Directory.CreateDirectory(Path.Combine(SourceTree.Root, "docs", "images")).FullName
            : null;
}
