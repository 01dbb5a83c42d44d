using McpOidc.Registration;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlerFilters;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token.ClientAuthentication;

/// <summary>A secret in the Authorization header that is right only if it is not form-decoded (<see cref="BasicCredentials"/>); OpenIddict
/// always decodes it.</summary>
internal sealed class AcceptSecretAsSent(IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessAuthenticationContext>()
            .AddFilter<RequireClientSecretParameter>()
            .UseScopedHandler<AcceptSecretAsSent>()
            .SetOrder(ValidateClientSecret.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (
            context.Transaction.GetHttpRequest() is { } http
            && BasicCredentials.Read(http) is [_, { } asSent]
            && asSent.Id == context.ClientId
            && asSent.Secret != context.ClientSecret
            && await applications.FindByClientIdAsync(asSent.Id, context.CancellationToken) is ClientRecord client
            && OpaqueToken.Matches(asSent.Secret, client.SecretHash)
        )
        {
            context.Request.ClientSecret = asSent.Secret;
        }
    }
}
