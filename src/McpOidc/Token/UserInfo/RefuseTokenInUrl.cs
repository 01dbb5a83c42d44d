using Microsoft.AspNetCore;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.UserInfo;

/// <summary>
/// A token in the URL is in histories and access logs (RFC 6750 §2.3, §5.3): it is refused, also beside one in the header, so that a client
/// does not go on sending it. OpenIddict would take it.
/// </summary>
internal sealed class RefuseTokenInUrl : IOpenIddictServerHandler<ExtractUserInfoRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ExtractUserInfoRequestContext>()
            .UseSingletonHandler<RefuseTokenInUrl>()
            .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<ExtractUserInfoRequestContext>.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        if (context.Transaction.GetHttpRequest()?.Query.ContainsKey(Parameters.AccessToken) == true)
        {
            context.Reject(Errors.InvalidRequest, "An access token is sent in the Authorization header, never in the URL.");
        }

        return default;
    }
}
