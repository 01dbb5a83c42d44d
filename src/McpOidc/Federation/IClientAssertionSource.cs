namespace McpOidc.Federation;

/// <summary>
/// Gives the JWT by which this server proves itself at an identity provider (RFC 7523 §2.2), where a platform issues it in code and no
/// secret is to be kept: Azure's managed identity by its <c>TokenCredential</c>, for instance. Register it with the services of the host.
/// It is asked where the provider has neither <c>ClientSecret</c>, <c>ClientKey</c> nor <c>ClientAssertionFile</c>.
/// </summary>
public interface IClientAssertionSource
{
    /// <summary>The assertion for one request. It is called for each, and keeps what it has been given for as long as that is
    /// good.</summary>
    /// <param name="request">For whom.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The JWT, or <see langword="null"/> for a provider that is not its own. An exception is logged with its text, and the
    /// operator is told.</returns>
    ValueTask<string?> GetAsync(ClientAssertionRequest request, CancellationToken cancellationToken);
}

/// <summary>For whom an assertion is.</summary>
/// <param name="ProviderName">The name below <c>McpOidc:IdentityProvider:Providers</c>; empty for the provider without one.</param>
/// <param name="Issuer">The provider's issuer.</param>
/// <param name="TokenEndpoint">Its token endpoint.</param>
/// <param name="ClientId">This server's client id there.</param>
public sealed record ClientAssertionRequest(string ProviderName, string Issuer, string TokenEndpoint, string ClientId);
