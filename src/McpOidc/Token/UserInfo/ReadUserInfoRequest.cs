using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.UserInfo;

/// <summary>
/// Reads a request for claims, replacing OpenIddict's handler, which rejects every POST without a form: with the token in the header, one
/// needs no body (OpenID Connect Core §5.3.1). A token in the URL ends up in histories and access logs (RFC 6750 §2.3, §5.3): it is
/// rejected, even together with one in the header, so that clients stop sending it.
/// </summary>
internal sealed class ReadUserInfoRequest : IOpenIddictServerHandler<ExtractUserInfoRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ExtractUserInfoRequestContext>()
            .UseSingletonHandler<ReadUserInfoRequest>()
            .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<ExtractUserInfoRequestContext>.Descriptor.Order)
            .Build();

    public async ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        var request = context.Transaction.GetHttpRequest()!;
        if (request.Query.ContainsKey(Parameters.AccessToken))
        {
            context.Reject(Errors.InvalidRequest, "Send the access token in the Authorization header, never in the URL.");
            return;
        }

        context.Transaction.Request =
            HttpMethods.IsPost(request.Method)
            && request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true
                ? new OpenIddictRequest(await request.ReadFormAsync(context.CancellationToken))
                : new OpenIddictRequest();
    }
}
