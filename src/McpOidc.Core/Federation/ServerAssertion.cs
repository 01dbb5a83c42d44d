using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>
/// Authenticates an MCP server that shares the store to the authorization server: a short-lived JWT signed with a key derived from the
/// shared secret. It names the user, or the caller on whose behalf the server forwards, so that a stolen one cannot be used for another.
/// </summary>
internal sealed class ServerAssertion(IRootKeys keys, RefusedTimes refused, TimeProvider clock)
{
    /// <summary>The header in which an MCP server names the caller for whom it forwards a request.</summary>
    public const string CallerHeader = "McpOidc-Forwarded-For";

    private const string What = "An assertion of an MCP server";
    private const string Type = "mcpoidc-server+jwt";
    private static readonly TimeSpan s_lifetime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromSeconds(60);

    // Not an endpoint URL: an assertion for an endpoint is not valid here.
    private const string ForwardedCaller = "#forwarded-caller";

    public Task<string> CreateAsync(string issuer, string subject, CancellationToken cancellationToken) =>
        SignAsync(issuer + EndpointPaths.IdentityProviderTokens, subject, cancellationToken);

    /// <summary>The user named by a valid assertion, or <see langword="null"/>.</summary>
    public Task<string?> ReadAsync(string assertion, string issuer, CancellationToken cancellationToken) =>
        VerifyAsync(assertion, issuer + EndpointPaths.IdentityProviderTokens, cancellationToken);

    /// <summary>Names the grant of a personal access token to check.</summary>
    public Task<string> CreateForPersonalTokenAsync(string issuer, string grantId, CancellationToken cancellationToken) =>
        SignAsync(issuer + EndpointPaths.PersonalTokens, grantId, cancellationToken);

    /// <summary>The grant that a valid assertion names, or <see langword="null"/>.</summary>
    public Task<string?> ReadPersonalTokenAsync(string assertion, string issuer, CancellationToken cancellationToken) =>
        VerifyAsync(assertion, issuer + EndpointPaths.PersonalTokens, cancellationToken);

    /// <summary>Names the caller for whom a request is forwarded.</summary>
    public Task<string> CreateForCallerAsync(string issuer, string address, CancellationToken cancellationToken) =>
        SignAsync(issuer + ForwardedCaller, address, cancellationToken);

    /// <summary>The caller for whom a request is forwarded, or <see langword="null"/>.</summary>
    public Task<string?> ReadCallerAsync(string assertion, string issuer, CancellationToken cancellationToken) =>
        VerifyAsync(assertion, issuer + ForwardedCaller, cancellationToken);

    private async Task<string> SignAsync(string audience, string subject, CancellationToken cancellationToken) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                TokenType = Type,
                Audience = audience,
                Expires = clock.GetUtcNow().UtcDateTime + s_lifetime,
                Claims = new Dictionary<string, object> { ["sub"] = subject },
                SigningCredentials = new SigningCredentials((await KeysAsync(cancellationToken))[0], SecurityAlgorithms.HmacSha256),
            }
        );

    private async Task<string?> VerifyAsync(string assertion, string audience, CancellationToken cancellationToken)
    {
        var result = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(
            assertion,
            new TokenValidationParameters
            {
                ValidTypes = [Type],
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                ValidAudience = audience,
                ValidateIssuer = false,
                IssuerSigningKeys = await KeysAsync(cancellationToken),
                TryAllIssuerSigningKeys = true,
                LifetimeValidator = (_, expires, _, _) =>
                    expires is { } end && IsInTime(new DateTimeOffset(DateTime.SpecifyKind(end, DateTimeKind.Utc))),
            }
        );
        return result.IsValid ? result.ClaimsIdentity.FindFirst("sub")?.Value : null;
    }

    private bool IsInTime(DateTimeOffset end)
    {
        var now = clock.GetUtcNow();
        if (end + s_clockSkew <= now)
        {
            refused.Late(What, end);
            return false;
        }

        if (end > now + s_lifetime + s_clockSkew)
        {
            refused.Early(What, end - s_lifetime);
            return false;
        }

        return true;
    }

    private async Task<SecurityKey[]> KeysAsync(CancellationToken cancellationToken) =>
        [.. (await keys.DeriveAsync(KeyPurpose.ServerAssertion, cancellationToken)).Select(key => new SymmetricSecurityKey(key.Value))];
}
