namespace McpOidc.Federation;

/// <summary>
/// Provides the JWT with which this server authenticates to an identity provider (RFC 7523 §2.2), if a platform issues it in code and
/// there is no stored secret: for instance Azure's managed identity through its <c>TokenCredential</c>. Register it in the host's
/// services. It is used if the provider has no <c>ClientSecret</c>, <c>ClientKey</c> or <c>ClientAssertionFile</c>.
/// </summary>
public interface IClientAssertionSource
{
    /// <summary>Returns the assertion for one request. Called for each request; should cache the assertion while it is valid.</summary>
    /// <param name="request">The provider.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The JWT, or <see langword="null"/> for a provider that it does not serve. An exception is logged with its text and
    /// reported to the operator.</returns>
    ValueTask<string?> GetAsync(ClientAssertionRequest request, CancellationToken cancellationToken);
}

/// <summary>The provider that an assertion is for.</summary>
/// <param name="ProviderName">The name below <c>McpOidc:IdentityProvider:Providers</c>; empty for the unnamed provider.</param>
/// <param name="Issuer">The provider's issuer.</param>
/// <param name="TokenEndpoint">Its token endpoint.</param>
/// <param name="ClientId">This server's client id there.</param>
public sealed record ClientAssertionRequest(string ProviderName, string Issuer, string TokenEndpoint, string ClientId);
