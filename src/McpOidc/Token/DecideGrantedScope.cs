using McpOidc.Authorization;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>
/// Decides what of a grant a token carries (<see cref="ScopeRule"/>), before code or refresh token is used up. A refresh for more than was
/// granted is <c>invalid_scope</c> (RFC 6749 §6); OpenIddict would say that the token is dead.
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
            (context.AuthorizationCodePrincipal ?? context.RefreshTokenPrincipal)?.GetAuthorizationId() is not { } id
            || await context.Transaction.FindGrantAsync(grants, id, context.CancellationToken) is not { } grant
        )
        {
            return;
        }

        var asked = context.Request.IsRefreshTokenGrantType() ? SetAsideScope.Of(context.Transaction) : null;
        var rule = await rules.OfGrantAsync(grant, context.ClientId, asked, context.CancellationToken);
        if (rule.Default.Count == 0 && grant.Scopes.Length > 0)
        {
            context.Reject(Errors.InvalidGrant, "What was granted can no longer be had: the person has to sign in again.");
            return;
        }

        if (rule.Decide(asked) is not { } granted)
        {
            context.Reject(Errors.InvalidScope, "The scope parameter asks for more than was granted.");
            return;
        }

        context.Request.Scope = asked is null ? null : string.Join(' ', granted);
        context.Transaction.SetProperty<string[]>(Property, [.. rule.Default]);
    }

    /// <summary>Leaves of what was decided only some scopes.</summary>
    /// <returns><see langword="false"/> where nothing would be left of what the grant gave.</returns>
    public static bool TryKeep(HandleTokenRequestContext context, IReadOnlyList<string> scopes)
    {
        var held = HeldOf(context.Transaction);
        string[] kept = [.. held.Where(scopes.Contains)];
        context.Transaction.SetProperty(Property, kept);
        if (context.Request.Scope is { Length: > 0 })
        {
            // One that names nothing any more that there is names nothing, as in ScopeRules.OfGrantAsync.
            string[] asked = [.. context.Request.GetScopes().Where(scopes.Contains)];
            context.Request.Scope = string.Join(' ', asked.Length > 0 ? asked : kept);
        }

        return kept.Length > 0 || held.Length == 0;
    }

    /// <summary>What the grant still gives; a refresh may have asked for a part of it.</summary>
    public static string[] HeldOf(OpenIddictServerTransaction transaction) =>
        transaction.GetProperty<string[]>(Property)
        ?? throw new InvalidOperationException("The scopes of the grant were not decided about.");
}
