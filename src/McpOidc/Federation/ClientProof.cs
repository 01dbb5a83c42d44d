using Duende.IdentityModel;
using Duende.IdentityModel.Client;
using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>
/// How this server proves itself at a provider's token endpoint: by a secret (RFC 6749 §2.3.1), by a JWT that it signs, or by one that the
/// platform keeps in a file (RFC 7523 §2.2).
/// </summary>
internal sealed class ClientProof(IdentityProviderOptions options, IEnumerable<IClientAssertionSource> sources, TimeProvider clock)
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(1);

    // Not read with this: the settings are checked later.
    private readonly Lazy<ClientKey> _key = new(() => ClientKey.Of(options));
    private volatile string? _lastRead;

    /// <summary>Whether somebody else renews the proof, who may end the old one at any time.</summary>
    public bool IsRenewedByOthers => options.ClientAssertionFile is { Length: > 0 };

    // Apple: a client secret is a JWT in the name of the team.
    private bool SignsSecret => options.TeamId is { Length: > 0 };

    /// <summary>Whether a secret is sent in the Authorization header.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="methods">The provider's <c>token_endpoint_auth_methods_supported</c>; <see langword="null"/> where it is left
    /// out.</param>
    public static bool IsBasic(IdentityProviderOptions options, IReadOnlyList<string>? methods) =>
        options.ClientSecret is { Length: > 0 }
        && options.ClientAuthentication switch
        {
            IdentityProviderClientAuthentication.Basic => true,
            IdentityProviderClientAuthentication.Post => false,
            // OpenID Connect Discovery §3: left out, it is Basic. Of both the form, where nobody disputes how a colon is encoded.
            _ => methods is null or []
                || (
                    methods.Contains(OidcConstants.EndpointAuthenticationMethods.BasicAuthentication)
                    && !methods.Contains(OidcConstants.EndpointAuthenticationMethods.PostBody)
                ),
        };

    /// <summary>The assertion for one request; <see langword="null"/> where a secret, or nothing, is sent.</summary>
    /// <exception cref="IdentityProviderException">The file has none.</exception>
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
        // What a host's code throws only it knows; nothing but the assertion was asked of it.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Missing("The host's IClientAssertionSource gave no assertion", "client_assertion_source", exception);
        }
    }

    /// <summary>The request with what proves this server, for the library to send as the provider wants it.</summary>
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
                // One audience, and the issuer where the provider takes it: another server cannot use what it was sent for this one.
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
            // These take nothing else.
            _ => options.Preset
                is IdentityProviderPreset.EntraId
                    or IdentityProviderPreset.EntraExternalId
                    or IdentityProviderPreset.AzureAdB2C
                    or IdentityProviderPreset.Okta
                ? provider.TokenEndpoint
                : provider.Issuer,
        };

    // Read for each request, which are few: nothing has to notice that the platform renewed it.
    private async Task<string> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        Exception problem = new FormatException("It is no JWT.");
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

        // While it is being written, the one before is good.
        return _lastRead
            ?? throw Missing(
                $"{options.Path}:{nameof(options.ClientAssertionFile)} has no JWT that can be read",
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
