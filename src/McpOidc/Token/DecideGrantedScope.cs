using McpOidc.Authorization;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// Decides which scopes of a grant a token has (<see cref="ScopeRule"/>), before the code or refresh token is used up. A refresh for more
/// than was granted is <c>invalid_scope</c> (RFC 6749 §6); OpenIddict would report an invalid token.
/// </summary>
internal sealed class DecideGrantedScope(ScopeRules rules, Grants grants) : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    private const string Property = "McpOidc.HeldScopes";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenRequestContext>()
            .UseSingletonHandler<DecideGrantedScope>()
            .SetOrder(OpenIddictServerHandlers.Exchange.ValidateGrantedScopes.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        if (
            (context.AuthorizationCodePrincipal ?? context.DeviceCodePrincipal ?? context.RefreshTokenPrincipal)?.GetAuthorizationId()
                is not { } id
            || await context.Transaction.FindGrantAsync(grants, id, context.CancellationToken) is not { } grant
        )
        {
            return;
        }

        var asked = context.Request.IsRefreshTokenGrantType() ? SetAsideScope.Of(context.Transaction) : null;
        var rule = await rules.OfGrantAsync(grant, context.ClientId, asked, context.CancellationToken);
        if (rule.Default.Count == 0 && grant.Scopes.Length > 0)
        {
            context.Reject(Errors.InvalidGrant, "The granted scopes are no longer available: the user must sign in again.");
            return;
        }

        if (rule.Decide(asked) is not { } granted)
        {
            context.Reject(Errors.InvalidScope, "The scope parameter requests more than was granted.");
            return;
        }

        context.Request.Scope = asked is null ? null : string.Join(' ', granted);
        context.Transaction.SetProperty<string[]>(Property, [.. rule.Default]);
    }

    /// <summary>Restricts the decided scopes.</summary>
    /// <returns><see langword="false"/> if none of the granted scopes would remain.</returns>
    public static bool TryKeep(HandleTokenRequestContext context, IReadOnlyList<string> scopes)
    {
        var held = HeldOf(context.Transaction);
        string[] kept = [.. held.Where(scopes.Contains)];
        context.Transaction.SetProperty(Property, kept);
        if (context.Request.Scope is { Length: > 0 })
        {
            // A grant whose scopes no longer exist counts as having none, as in ScopeRules.OfGrantAsync.
            string[] asked = [.. context.Request.GetScopes().Where(scopes.Contains)];
            context.Request.Scope = string.Join(' ', asked.Length > 0 ? asked : kept);
        }

        return kept.Length > 0 || held.Length == 0;
    }

    /// <summary>The scopes that the grant still has; a refresh may have requested some of them.</summary>
    public static string[] HeldOf(OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<string[]>(Property)
        ?? throw new InvalidOperationException("The scopes of the grant have not been decided.");
}
