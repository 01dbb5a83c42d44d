using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// Keeps the scopes of a token request out of OpenIddict's sight until it is known what may be had: it refuses some of them with a code,
/// where RFC 6749 §4.1.3 knows none and §3.2 has us ignore them, and some before it is known who asks.
/// </summary>
internal sealed class SetAsideScope : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    private const string Property = "McpOidc.AskedScope";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseSingletonHandler<SetAsideScope>()
            .SetOrder(int.MinValue + 50_000)
            .Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (context.Request.Scope is { Length: > 0 } asked)
        {
            context.Transaction.SetProperty(Property, asked);
            context.Request.Scope = null;
        }

        return default;
    }

    public static string? Of(OpenIddictServerTransaction transaction) => transaction.GetProperty<string>(Property);
}
