using McpOidc.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpOidc.Pages;

/// <summary>The operator's branding at the top and bottom of every page.</summary>
internal sealed class Brand(IOptions<PageOptions> options, IHostEnvironment environment, IServiceProvider services)
{
    /// <summary>The name.</summary>
    public string Name { get; } = options.Value.Name is { Length: > 0 } name ? name : services.GetService<Issuer>()?.Uri.Host ?? "McpOidc";

    public Logo? Logo { get; } = Logo.From(options.Value, environment);

    public string? SupportUrl { get; } = options.Value.SupportUrl;
}
