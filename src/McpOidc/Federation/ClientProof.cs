using Duende.IdentityModel;
using Duende.IdentityModel.Client;
using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>
/// Authenticates this server at a provider's token endpoint: with a secret (RFC 6749 §2.3.1), a JWT that it signs, or one that the
/// platform keeps in a file (RFC 7523 §2.2).
/// </summary>
internal sealed class ClientProof(IdentityProviderOptions options, IEnumerable<IClientAssertionSource> sources, TimeProvider clock)
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(1);

    // Not read in the constructor, which runs before settings are validated.
    private readonly Lazy<ClientKey> _key = new(() => ClientKey.Of(options));
    private volatile string? _lastRead;

    /// <summary>Whether another party renews the credential and may end the old one at any time.</summary>
    public bool IsRenewedByOthers => options.ClientAssertionFile is { Length: > 0 };

    // Apple: the client secret is a JWT signed on behalf of the team.
    private bool SignsSecret => options.TeamId is { Length: > 0 };

    /// <summary>Whether a secret is sent in the Authorization header.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="methods">The provider's <c>token_endpoint_auth_methods_supported</c>; <see langword="null"/> if absent.</param>
    public static bool IsBasic(IdentityProviderOptions options, IReadOnlyList<string>? methods) =>
        options.ClientSecret is { Length: > 0 }
        && options.ClientAuthentication switch
        {
            IdentityProviderClientAuthentication.Basic => true,
            IdentityProviderClientAuthentication.Post => false,
            // OpenID Connect Discovery §3: if absent, it is Basic. If both are listed, the form, where the encoding of a colon is
            // unambiguous.
            _ => methods is null or []
                || (
                    methods.Contains(OidcConstants.EndpointAuthenticationMethods.BasicAuthentication)
                    && !methods.Contains(OidcConstants.EndpointAuthenticationMethods.PostBody)
                ),
        };

    /// <summary>The assertion for one request; <see langword="null"/> if a secret, or nothing, is sent.</summary>
    /// <exception cref="IdentityProviderException">The file contains none.</exception>
    public async ValueTask<string?> AssertAsync(ProviderDocument provider, CancellationToken cancellationToken) =>
        IsRenewedByOthers ? await ReadFileAsync(options.ClientAssertionFile!, cancellationToken)
        : options.HasClientKey ? Sign(provider)
        : options.ClientSecret is { Length: > 0 } ? null
        : await AskHostAsync(provider, cancellationToken);

    private async ValueTask<string?> AskHostAsync(ProviderDocument provider, CancellationToken cancellationToken)
    {
        var request = new ClientAssertionRequest(options.Name, provider.Issuer, provider.TokenEndpoint, options.ClientId);
        try
        {
            foreach (var source in sources)
            {
                if (await source.GetAsync(request, cancellationToken) is { } assertion)
                {
                    return assertion;
                }
            }

            return null;
        }
        // The host's code may throw any exception; all of them mean that there is no assertion.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Missing("The host's IClientAssertionSource returned no assertion", "client_assertion_source", exception);
        }
    }

    /// <summary>The request with the client credentials, for the library to send as the provider requires.</summary>
    public TokenRequest Prove(TokenRequest request, ProviderDocument provider, string? assertion)
    {
        request.ClientId = options.ClientId;
        if (assertion is not null)
        {
            request.ClientCredentialStyle = ClientCredentialStyle.PostBody;
            if (SignsSecret)
            {
                request.ClientSecret = assertion;
                return request;
            }

            request.ClientAssertion = new ClientAssertion { Type = OidcConstants.ClientAssertionTypes.JwtBearer, Value = assertion };
            return request;
        }

        request.ClientSecret = options.ClientSecret;
        request.ClientCredentialStyle = IsBasic(options, provider.AuthenticationMethods)
            ? ClientCredentialStyle.AuthorizationHeader
            : ClientCredentialStyle.PostBody;
        return request;
    }

    private string Sign(ProviderDocument provider)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = SignsSecret ? options.TeamId : options.ClientId,
                // A single audience, and the issuer if the provider accepts it: another server cannot reuse the assertion.
                Audience = AudienceAt(provider),
                IssuedAt = now,
                Expires = now + s_lifetime,
                Claims = new Dictionary<string, object>
                {
                    [JwtRegisteredClaimNames.Sub] = options.ClientId,
                    [JwtRegisteredClaimNames.Jti] = OpaqueToken.CreateId(),
                },
                SigningCredentials = new SigningCredentials(_key.Value.Key, _key.Value.AlgorithmAt(provider.AssertionAlgorithms)),
                AdditionalHeaderClaims = _key.Value.Header,
            }
        );
    }

    private string AudienceAt(ProviderDocument provider) =>
        options.ClientAssertionRecipient switch
        {
            IdentityProviderAssertionRecipient.Issuer => provider.Issuer,
            IdentityProviderAssertionRecipient.TokenEndpoint => provider.TokenEndpoint,
            // These accept nothing else.
            _ => options.Preset
                is IdentityProviderPreset.EntraId
                    or IdentityProviderPreset.EntraExternalId
                    or IdentityProviderPreset.AzureAdB2C
                    or IdentityProviderPreset.Okta
                ? provider.TokenEndpoint
                : provider.Issuer,
        };

    // Read for each request, of which there are few, so that a renewal needs no notification.
    private async Task<string> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        Exception problem = new FormatException("It is not a JWT.");
        try
        {
            var text = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
            if (ProviderJwt.ReadPayload(text) is not null)
            {
                return _lastRead = text;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = exception;
        }

        // While it is being rewritten, the previous one is valid.
        return _lastRead
            ?? throw Missing(
                $"{options.Path}:{nameof(options.ClientAssertionFile)} contains no readable JWT",
                "client_assertion_file",
                problem
            );
    }

    private static IdentityProviderException Missing(string what, string cause, Exception exception) =>
        new($"{what}: {cause}.", exception)
        {
            Error = "server_error",
            Failure = IdentityProviderFailure.Misconfigured,
            Cause = new IdentityProviderCause(cause),
        };
}
