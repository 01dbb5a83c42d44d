using McpOidc.Configuration;
using McpOidc.Federation;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Token.IdentityAssertion;

/// <summary>The trusted issuers and their keys: fetched once for all, and again when old or when a key is unknown.</summary>
internal sealed class TrustedIssuers(IHttpClientFactory clients, IOptions<IdentityAssertionOptions> options, TimeProvider clock)
{
    public const string HttpClientName = "McpOidc.IdentityAssertion";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_cooldown = TimeSpan.FromSeconds(30);
    private readonly FetchedMetadata<IReadOnlyList<SecurityKey>> _keys = new(issuer => FetchAsync(clients, issuer, clock), clock);

    public AssertionIssuerOptions? Find(string issuer) => options.Value.Issuers.FirstOrDefault(trusted => trusted.Issuer == issuer);

    /// <summary>The keys of a trusted issuer.</summary>
    /// <param name="issuer">One of <see cref="IdentityAssertionOptions.Issuers"/>.</param>
    /// <param name="unknownKey">Whether an assertion named a key that the last result did not contain.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="IdentityProviderException">They were never fetched, and are currently unavailable.</exception>
    public ValueTask<IReadOnlyList<SecurityKey>> KeysOfAsync(string issuer, bool unknownKey, CancellationToken cancellationToken) =>
        _keys.GetAsync(issuer, unknownKey ? s_cooldown : options.Value.KeyCacheLifetime, cancellationToken);

    private static async Task<IReadOnlyList<SecurityKey>> FetchAsync(IHttpClientFactory clients, string issuer, TimeProvider clock)
    {
        var document = await ProviderDocument.FetchAsync(GetAsync, issuer, validateIssuerName: true);
        return document.Issuer == issuer
            ? document.Keys
            : throw new IdentityProviderException("The issuer's discovery document names a different issuer.");

        async Task<ProviderAnswer> GetAsync(string url)
        {
            using var client = clients.CreateClient(HttpClientName);
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            return await ProviderChannel.SendAsync(client, request, s_limit, setting: "", clock, CancellationToken.None);
        }
    }
}
