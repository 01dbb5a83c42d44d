using System.Collections.Concurrent;
using Duende.IdentityModel.Client;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Upstream;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using JsonWebKeySet = Microsoft.IdentityModel.Tokens.JsonWebKeySet;

namespace McpOidc.IdentityAssertion;

/// <summary>The issuers that the operator trusts, and their keys: fetched once for all, and again when old or when one is unknown.</summary>
internal sealed class TrustedIssuers(IHttpClientFactory clients, IOptions<IdentityAssertionOptions> options, TimeProvider clock) : IDisposable
{
    public const string HttpClientName = "McpOidc.IdentityAssertion";
    private static readonly TimeSpan s_cooldown = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Fetched> _fetched = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _failed = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);

    private sealed record Fetched(IReadOnlyList<SecurityKey> Keys, DateTimeOffset At);

    public bool Contains(string issuer) => options.Value.Issuers.Contains(issuer, StringComparer.Ordinal);

    /// <summary>The keys of a trusted issuer.</summary>
    /// <param name="issuer">One of <see cref="IdentityAssertionOptions.Issuers"/>.</param>
    /// <param name="unknownKey">Whether an assertion named a key that the last answer lacked.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="IdentityProviderException">They were never fetched, and cannot be now.</exception>
    public async ValueTask<IReadOnlyList<SecurityKey>> KeysOfAsync(string issuer, bool unknownKey, CancellationToken cancellationToken)
    {
        var maximumAge = unknownKey ? s_cooldown : options.Value.KeyCacheLifetime;
        if (Find(issuer, maximumAge) is { } known)
        {
            return known.Keys;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            return (Find(issuer, maximumAge) ?? (_fetched[issuer] = await FetchAsync(issuer, cancellationToken))).Keys;
        }
        catch (IdentityProviderException) when (_fetched.TryGetValue(issuer, out var old))
        {
            // Keys rarely change: those that we know are better than none.
            return old.Keys;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private Fetched? Find(string issuer, TimeSpan maximumAge)
        => _fetched.TryGetValue(issuer, out var fetched) && clock.GetUtcNow() - fetched.At < maximumAge ? fetched : null;

    private async Task<Fetched> FetchAsync(string issuer, CancellationToken cancellationToken)
    {
        // While it does not answer, not every request waits for it in turn.
        if (_failed.TryGetValue(issuer, out var failedAt) && clock.GetUtcNow() - failedAt < s_pause)
        {
            throw new IdentityProviderException("The issuer did not answer a moment ago.");
        }

        using var client = clients.CreateClient(HttpClientName);
        using var request = new DiscoveryDocumentRequest
        {
            Address = issuer,
            // The settings were checked: without TLS on loopback only. Google and Entra ID have endpoints on other hosts than the issuer's.
            Policy = { RequireHttps = false, ValidateEndpoints = false, ValidateIssuerName = true },
        };
        var document = await client.GetDiscoveryDocumentAsync(request, cancellationToken);
        if (document.IsError || document.KeySet is null || document.Issuer != issuer)
        {
            _failed[issuer] = clock.GetUtcNow();
            throw new IdentityProviderException($"The discovery document of the issuer cannot be used: {document.ErrorType}.");
        }

        return new Fetched([.. new JsonWebKeySet(document.KeySet.RawData).Keys.Where(AsymmetricAlgorithms.MayVerify)], clock.GetUtcNow());
    }
}
