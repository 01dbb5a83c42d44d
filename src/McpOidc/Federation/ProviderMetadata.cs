using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Federation;

/// <summary>The provider's discovery document and keys, fetched once for all sign-ins, and again when old or when a key is
/// unknown.</summary>
internal sealed class ProviderMetadata(ProviderChannel channel, IOptions<IdentityProviderOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_longestUse = TimeSpan.FromDays(1);

    // Anyone may send a logout token; an id_token comes from the provider, over a connection that we opened.
    private static readonly TimeSpan s_cooldown = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_cooldownOfOwnRequests = TimeSpan.FromSeconds(2);
    private readonly FetchedMetadata<ProviderDocument> _fetched = new(
        issuer =>
            ProviderDocument.FetchAsync(
                url => channel.GetAsync(url, CancellationToken.None),
                issuer,
                // Entra ID's discovery document for many tenants has a template instead of an issuer.
                validateIssuerName: !options.Value.IsMultiTenant,
                options.Value.AllowHttp,
                options.Value.MetadataAddress
            ),
        clock
    );

    public ValueTask<ProviderDocument> GetAsync(CancellationToken cancellationToken) =>
        _fetched.GetAsync(options.Value.Issuer, s_lifetime, cancellationToken);

    /// <summary>The last known document, if from today: endpoints seldom change, and a request that only needs those does not wait twice
    /// for a provider that does not respond.</summary>
    public ValueTask<ProviderDocument> RecallAsync(CancellationToken cancellationToken) =>
        _fetched.GetAsync(options.Value.Issuer, s_longestUse, cancellationToken);

    /// <summary>Fetches again because a signature named an unknown key.</summary>
    /// <param name="isOfOwnRequest">Whether the signed token came in response to our own request.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public ValueTask<ProviderDocument> RefreshAsync(bool isOfOwnRequest, CancellationToken cancellationToken) =>
        _fetched.GetAsync(options.Value.Issuer, isOfOwnRequest ? s_cooldownOfOwnRequests : s_cooldown, cancellationToken);
}
