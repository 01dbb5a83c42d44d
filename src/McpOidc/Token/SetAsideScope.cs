using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// Hides the scopes of a token request from OpenIddict until the allowed ones are known: it rejects some of them with a code, although RFC
/// 6749 §4.1.3 defines none and §3.2 requires ignoring them, and some before the client is authenticated.
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
