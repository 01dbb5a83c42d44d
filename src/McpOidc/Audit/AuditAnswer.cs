using McpOidc.Token;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Audit;

/// <summary>Audits the response of an endpoint for programs: tokens, or a failed client authentication.</summary>
internal sealed class AuditAnswer<TContext>(AuditLog audit) : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<TContext>()
            .UseSingletonHandler<AuditAnswer<TContext>>()
            .SetOrder(int.MinValue + 200_000)
            .Build();

    public ValueTask HandleAsync(TContext context)
    {
        var response = context.Transaction.Response;
        if (response?.Error == Errors.InvalidClient)
        {
            audit.ClientAuthenticationFailed(context.Transaction.Request?.ClientId);
        }
        else if (
            context is ApplyTokenResponseContext { Request: { } request }
            && response?.AccessToken is { Length: > 0 }
            && context.Transaction.CurrentGrant() is { } grant
        )
        {
            if (request.IsRefreshTokenGrantType())
            {
                audit.TokenRefreshed(grant);
            }
            else
            {
                audit.TokenIssued(grant, request.GrantType!);
            }
        }

        return default;
    }
}
