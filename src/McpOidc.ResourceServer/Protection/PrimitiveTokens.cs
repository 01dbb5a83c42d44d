using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>Which tools, prompts and resources call an API with the identity provider's token
/// (<see cref="RequiresIdentityProviderTokenAttribute"/>).</summary>
internal sealed class PrimitiveTokens(IOptions<McpServerOptions> options, ProtectedResources resources)
{
    private readonly Lazy<IMcpServerPrimitive[]> _known = new(() => [.. PrimitiveScopes.Primitives(options.Value).Where(IsMarked)]);

    /// <summary>Whether any of them does.</summary>
    public bool Any => _known.Value.Length > 0 || resources.All.Any(resource => resource.Options.RequiresIdentityProviderToken);

    /// <summary>Whether a call needs it, by its method and the name or URI in it.</summary>
    public bool Needs(ProtectedResource resource, string method, string target) =>
        resource.Options.RequiresIdentityProviderToken
            ? method is RequestMethods.ToolsCall or RequestMethods.PromptsGet or RequestMethods.ResourcesRead
            : _known.Value.Any(primitive => PrimitiveScopes.IsCalled(primitive, method, target));

    public static bool Needs(ProtectedResource? resource, IMcpServerPrimitive primitive) =>
        resource is { Options.RequiresIdentityProviderToken: true } || IsMarked(primitive);

    private static bool IsMarked(IMcpServerPrimitive primitive) =>
        primitive.Metadata.OfType<RequiresIdentityProviderTokenAttribute>().Any();
}
