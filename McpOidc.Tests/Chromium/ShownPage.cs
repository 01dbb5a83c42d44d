using System.Text;
using System.Text.Json.Nodes;

namespace McpOidc.Tests.Chromium;

/// <summary>The content of the window after a step.</summary>
public sealed class ShownPage(JsonObject state)
{
    public Uri Url { get; } = new(state["url"]!.GetValue<string>());

    public string Title { get; } = state["title"]!.GetValue<string>();

    public string Html { get; } = state["html"]!.GetValue<string>();

    /// <summary>The size of the page in bytes.</summary>
    public int Size => Encoding.UTF8.GetByteCount(Html);

    /// <summary>The resources that the page loaded.</summary>
    public IReadOnlyList<string> Loaded { get; } = [.. state["requests"]!.AsArray().Select(request => request!.GetValue<string>())];

    /// <summary>The problems that the browser reported: violations of the policy, and resources that failed to load.</summary>
    public IReadOnlyList<string> Complaints { get; } = [.. state["problems"]!.AsArray().Select(problem => problem!.GetValue<string>())];

    public string? Query(string name) => System.Web.HttpUtility.ParseQueryString(Url.Query)[name];
}
