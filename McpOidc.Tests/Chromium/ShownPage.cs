using System.Text;
using System.Text.Json.Nodes;

namespace McpOidc.Tests.Chromium;

/// <summary>What the window shows after a step.</summary>
public sealed class ShownPage(JsonObject state)
{
    public Uri Url { get; } = new(state["url"]!.GetValue<string>());

    public string Title { get; } = state["title"]!.GetValue<string>();

    public string Html { get; } = state["html"]!.GetValue<string>();

    /// <summary>Bytes of the page.</summary>
    public int Size => Encoding.UTF8.GetByteCount(Html);

    /// <summary>What the page made the browser load, beside itself.</summary>
    public IReadOnlyList<string> Loaded { get; } = [.. state["requests"]!.AsArray().Select(request => request!.GetValue<string>())];

    /// <summary>What the browser complained of: what a policy forbade, what could not be loaded.</summary>
    public IReadOnlyList<string> Complaints { get; } = [.. state["problems"]!.AsArray().Select(problem => problem!.GetValue<string>())];

    public string? Query(string name) => System.Web.HttpUtility.ParseQueryString(Url.Query)[name];
}
