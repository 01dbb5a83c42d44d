using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Protection;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Token.PersonalAccessTokens;

/// <summary><c>POST /oauth/personal-tokens</c>: a standalone MCP server requests a check of a personal access token. The response has no
/// details: the MCP server reads the grant.</summary>
internal static class PersonalTokensEndpoint
{
    public static async Task<IResult> CheckAsync(
        HttpRequest request,
        ServerAssertion assertions,
        PersonalTokenCheck check,
        Issuer issuer,
        CancellationToken cancellationToken
    )
    {
        if (
            request.Headers.Authorization is not [{ } header]
            || BearerCredentials.Read(header) is not { IsBearer: true, Token: var assertion }
            || await assertions.ReadPersonalTokenAsync(assertion.ToString(), issuer.Value, cancellationToken) is not { } grantId
        )
        {
            return new OAuthError(
                StatusCodes.Status401Unauthorized,
                "invalid_client",
                "This endpoint is for MCP servers that share the store and McpOidc:Secret."
            );
        }

        return await check.CheckAsync(grantId, cancellationToken) switch
        {
            PersonalTokenStanding.Good => TypedResults.NoContent(),
            PersonalTokenStanding.Refused => new OAuthError(StatusCodes.Status410Gone, "invalid_grant", "The token is no longer valid."),
            _ => OAuthError.TemporarilyUnavailable(),
        };
    }
}
