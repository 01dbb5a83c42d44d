using Microsoft.AspNetCore;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DPoP;

/// <summary>Reads the access token of <c>Authorization: DPoP</c> at the userinfo endpoint (RFC 9449 §7.1); OpenIddict supports only
/// Bearer.</summary>
internal sealed class ExtractBoundToken : IOpenIddictServerHandler<ExtractUserInfoRequestContext>
{
    public const string Scheme = "DPoP ";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ExtractUserInfoRequestContext>()
            .UseSingletonHandler<ExtractBoundToken>()
            .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractAccessToken<ExtractUserInfoRequestContext>.Descriptor.Order + 500)
            .Build();

    public ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        if (
            context.Request is { } request
            && context.Transaction.GetHttpRequest()?.Headers.Authorization is [{ } header]
            && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        )
        {
            request.AccessToken = header[Scheme.Length..].Trim();
        }

        return default;
    }
}
