using McpOidc.Registration;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace McpOidc.Token;

/// <summary>
/// Where nobody was asked for consent, what a client may have is known only when it is known who it is; OpenIddict would refuse an unknown
/// scope before. Clients ask for all that the metadata name, and get of it what they may have (RFC 6749 §3.3).
/// </summary>
internal sealed class SetAsideScope : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    private const string Property = "McpOidc.AskedScope";
    private static readonly string[] s_grantTypes = [StaticClients.ClientCredentials, StaticClients.JwtBearer, StaticClients.TokenExchange];

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseSingletonHandler<SetAsideScope>()
            .SetOrder(Exchange.ValidateScopeParameter.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (s_grantTypes.Contains(context.Request.GrantType) && context.Request.GetScopes() is { Length: > 0 } asked)
        {
            context.Transaction.SetProperty<string[]>(Property, [.. asked]);
            context.Request.Scope = null;
        }

        return default;
    }

    /// <summary>What a client gets of the scopes that it may have; without asking for any, all. None at all is
    /// <see langword="null"/>.</summary>
    public static string[]? Granted(OpenIddictServerTransaction transaction, IEnumerable<string> allowed) =>
        transaction.GetProperty<string[]>(Property) is not { } asked ? [.. allowed]
        : asked.Intersect(allowed, StringComparer.Ordinal).ToArray() is { Length: > 0 } granted ? granted
        : null;
}
