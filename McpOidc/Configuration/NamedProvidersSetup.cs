using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>Reads <c>McpOidc:Upstream:Providers:{name}</c> into the options of that name.</summary>
internal sealed class NamedProvidersSetup(IConfiguration configuration) : IConfigureNamedOptions<UpstreamOptions>
{
    public static IReadOnlyList<string> NamesIn(IConfiguration configuration)
        => [.. configuration.GetSection(UpstreamOptions.ProvidersSection).GetChildren().Select(section => section.Key)];

    public void Configure(string? name, UpstreamOptions options)
    {
        if (!string.IsNullOrEmpty(name))
        {
            configuration.GetSection($"{UpstreamOptions.ProvidersSection}:{name}").Bind(options);
        }
    }

    public void Configure(UpstreamOptions options) => Configure(Options.DefaultName, options);
}
