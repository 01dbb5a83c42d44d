using System.Text.Json.Nodes;
using McpOidc.Sessions;
using McpOidc.SignIn.Rules;
using Microsoft.Extensions.Logging;

namespace McpOidc.Federation;

/// <summary>Reads a user's claims again after the provider has issued new tokens. If it reports none, the known ones are kept, and
/// age.</summary>
internal sealed partial class RenewedClaims(
    SignInRight right,
    UserSessions users,
    CustomData customData,
    TimeProvider clock,
    ILogger<RenewedClaims> logger
)
{
    // Claims about the sign-in itself, or for display: a refresh need not repeat them (OpenID Connect Core §12.2).
    private static readonly string[] s_lasting = ["sid", "auth_time", "amr", "acr", .. UserClaims.Profile, .. UserClaims.Email];

    public async Task ReadAsync(
        ConfiguredProvider provider,
        UserRecord user,
        IdentityProviderTokenSet fresh,
        CancellationToken cancellationToken
    )
    {
        if (!right.IsAskedOf(provider.Options))
        {
            return;
        }

        var now = clock.GetUtcNow();
        string[] asked = [.. right.ClaimsOf(provider.Options)];
        if (await AskAsync(provider, user, fresh, asked, cancellationToken) is not { } said)
        {
            return;
        }

        await users.UpdateAsync(
            user.Subject,
            current =>
                current.SignedInAt != user.SignedInAt || current.ClaimsReadAt > now
                    ? null
                    : Renew(current, Merge(said, current.Claims, asked)),
            cancellationToken
        );

        UserRecord Renew(UserRecord current, JsonObject claims) =>
            current with
            {
                Claims = claims,
                CustomData = customData.Extract(claims, provider.Options),
                ClaimsReadAt = now,
            };
    }

    private async Task<JsonObject?> AskAsync(
        ConfiguredProvider provider,
        UserRecord user,
        IdentityProviderTokenSet fresh,
        string[] asked,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await provider.Provider.ReadClaimsAsync(
                new IdentityProviderClaimsRequest(
                    fresh,
                    user.Provider,
                    user.IdentityProviderSubject,
                    [.. asked.Where(user.Claims.ContainsKey)]
                ),
                cancellationToken
            );
        }
        catch (IdentityProviderException exception)
        {
            LogNotTold(user.Subject, provider.Explain(exception), exception);
            return null;
        }
    }

    private static JsonObject Merge(JsonObject said, JsonObject known, string[] asked)
    {
        var claims = said.DeepClone().AsObject();
        claims.AddMissing(
            new JsonObject(
                known
                    .Where(claim => claim.Value is not null && s_lasting.Except(asked).Contains(claim.Key))
                    .Select(claim => KeyValuePair.Create(claim.Key, claim.Value?.DeepClone()))
            )
        );
        return claims;
    }

    [LoggerMessage(
        2904,
        LogLevel.Warning,
        "The identity provider did not return the claims of user {Subject} again; the known claims are valid until ClaimsLifetime ends. "
            + "{Explanation}"
    )]
    private partial void LogNotTold(string subject, string explanation, Exception exception);
}
