using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Conformance;

/// <summary>The resources that the suite reads by URI.</summary>
[McpServerResourceType]
public sealed class FixtureResources
{
    [McpServerResource(UriTemplate = "test://static-text", Name = "Static text", MimeType = "text/plain"), Description("Text.")]
    public static string StaticText() => "This is the content of the static text resource.";

    [McpServerResource(UriTemplate = "test://static-binary", Name = "Static binary", MimeType = "image/png"), Description("An image.")]
    public static BlobResourceContents StaticBinary() =>
        new()
        {
            Uri = "test://static-binary",
            MimeType = "image/png",
            Blob = FixtureTools.Picture.Data,
        };

    [
        McpServerResource(UriTemplate = "test://template/{id}/data", Name = "Template", MimeType = "application/json"),
        Description("Depends on its id.")
    ]
    public static TextResourceContents Template(string id) =>
        new()
        {
            Uri = $"test://template/{id}/data",
            MimeType = "application/json",
            Text = $$"""{"id":"{{id}}","templateTest":true,"data":"Data for ID: {{id}}"}""",
        };

    [
        McpServerResource(UriTemplate = "test://watched-resource", Name = "Watched", MimeType = "text/plain"),
        Description("Can be subscribed to.")
    ]
    public static string Watched() => "Watched resource content";
}
