using McpOidc.Registration;
using McpOidc.Sessions;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token.Introspection;

/// <summary>
/// Describes the user to an MCP server on another stack, like <see cref="Protection.IUserAccessor"/> does on this one (RFC 7662 §2.2
/// allows additional members): <c>claims</c> from the identity provider, and <c>custom_data</c>. Other clients get neither.
/// </summary>
internal sealed class AttachPerson(StaticClients clients, UserSessions users) : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleIntrospectionRequestContext>()
            .UseSingletonHandler<AttachPerson>()
            .SetOrder(AttachGrantedScope.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        var token = context.GenericTokenPrincipal;
        if (
            ResourceServers.IsFor(clients.OptionsOf(context.Request.ClientId), token)
            && token.GetClaim(Claims.Subject) is { Length: > 0 } subject
            && await users.FindAsync(subject, context.CancellationToken) is { } person
        )
        {
            context.Claims["claims"] = new OpenIddictParameter(person.Claims.DeepClone());
            if (person.CustomData is { } custom)
            {
                context.Claims["custom_data"] = new OpenIddictParameter(custom.DeepClone());
            }
        }
    }
}
