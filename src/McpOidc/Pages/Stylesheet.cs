using System.Text;
using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Pages;

/// <summary>The stylesheet of all pages: the configured colours, followed by <c>pages.css</c>.</summary>
internal sealed class Stylesheet
{
    private readonly byte[] _css;

    public Stylesheet(IOptions<PageOptions> options)
    {
        _css = Encoding.UTF8.GetBytes(Colors(options.Value) + Read());
        Url = VersionedFile.Url(EndpointPaths.Stylesheet, _css);
    }

    /// <summary>The path and version, below the issuer.</summary>
    public string Url { get; }

    public IResult Serve(HttpContext http)
    {
        VersionedFile.AllowCaching(http, Url);
        return Results.Bytes(_css, "text/css; charset=utf-8");
    }

    private static string Colors(PageOptions options) =>
        ":root{"
        + Palette.Light(options).ToCss()
        + "}\n@media (prefers-color-scheme: dark){:root{"
        + Palette.Dark(options).ToCss()
        + "}}\n";

    private static string Read()
    {
        using var stream =
            typeof(Stylesheet).Assembly.GetManifestResourceStream("McpOidc.Pages.pages.css")
            ?? throw new InvalidOperationException("The library was built without pages.css.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
