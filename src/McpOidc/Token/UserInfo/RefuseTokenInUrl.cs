using Microsoft.AspNetCore;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.UserInfo;

/// <summary>
/// A token in the URL ends up in histories and access logs (RFC 6750 §2.3, §5.3): it is rejected, even together with one in the header,
/// so that clients stop sending it. OpenIddict would accept it.
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
            context.Reject(Errors.InvalidRequest, "Send the access token in the Authorization header, never in the URL.");
        }

        return default;
    }
}
