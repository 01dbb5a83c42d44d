using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Pages;

/// <summary>The operator's logo, read once. It is served from here, so that no third party sees who signs in.</summary>
internal sealed class Logo
{
    private const int MaximumSize = 100 * 1024;

    private static readonly Dictionary<string, string> s_types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".webp"] = "image/webp",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
    };

    private readonly byte[] _content;
    private readonly string _type;

    private Logo(byte[] content, string type)
    {
        _content = content;
        _type = type;
        Url = VersionedFile.Url(EndpointPaths.Logo, content);
    }

    /// <summary>The path and version, below the issuer.</summary>
    public string Url { get; }

    public static Logo? From(PageOptions options, IHostEnvironment environment) =>
        string.IsNullOrEmpty(options.LogoFile)
            ? null
            : new Logo(File.ReadAllBytes(PathOf(options, environment)), s_types[Path.GetExtension(options.LogoFile)]);

    /// <summary>What is wrong with the setting, as a predicate, or <see langword="null"/>.</summary>
    public static string? FindProblem(PageOptions options, IHostEnvironment environment) =>
        string.IsNullOrEmpty(options.LogoFile) ? null
        : !s_types.ContainsKey(Path.GetExtension(options.LogoFile)) ? $"is '{options.LogoFile}', which is not a supported image file"
        : new FileInfo(PathOf(options, environment)) is var file && !file.Exists ? $"is '{options.LogoFile}', which does not exist"
        : file.Length > MaximumSize ? $"has {file.Length} bytes"
        : null;

    public IResult Serve(HttpContext http)
    {
        // An SVG may contain script, which does not run in an image, nor under this policy if the file is opened directly.
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        VersionedFile.AllowCaching(http, Url);
        return Results.Bytes(_content, _type);
    }

    private static string PathOf(PageOptions options, IHostEnvironment environment) =>
        Path.Combine(environment.ContentRootPath, options.LogoFile!);
}
