using System.Diagnostics;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Revocation;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Protection;

/// <summary>Fetches and caches the authorization server's metadata and keys. Cached values remain in use while it does not
/// respond.</summary>
internal sealed partial class AuthorityMetadata(
    IHttpClientFactory clients,
    IOptions<McpOidcOptions> common,
    IOptions<ResourceServerOptions> protection,
    RevocationFeed feed,
    TimeProvider clock,
    ILogger<AuthorityMetadata> logger
) : ISigningKeySource, IHostedService, IDisposable
{
    public const string HttpClientName = "McpOidc.Authority";

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    // Real time. Until every instance of the authorization server has noticed new keys, one of them may still return the old ones.
    private static readonly TimeSpan s_spread = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_betweenFetches = TimeSpan.FromMilliseconds(500);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Fetched? _current;
    private DateTimeOffset _retryAt;
    private long _keysChangedAt;

    private sealed record Fetched(JsonObject Document, IReadOnlyList<SecurityKey> Keys, DateTimeOffset At, long Begun)
    {
        public bool IsBefore(long change) =>
            change != 0
            && Begun < change + (long)(s_spread.TotalSeconds * Stopwatch.Frequency)
            && Stopwatch.GetElapsedTime(Begun) > s_betweenFetches;
    }

    public string Issuer { get; } = Configuration.Issuer.Canonical(common.Value.Authority ?? "");

    public async ValueTask<IReadOnlyList<SecurityKey>?> GetAsync(bool unknownKey, CancellationToken cancellationToken) =>
        (await CurrentAsync(unknownKey ? protection.Value.KeyRefreshInterval : protection.Value.KeyCacheLifetime, cancellationToken))?.Keys;

    /// <summary>The metadata document as received.</summary>
    public async ValueTask<JsonObject?> GetDocumentAsync(CancellationToken cancellationToken) =>
        (await CurrentAsync(protection.Value.KeyCacheLifetime, cancellationToken))?.Document;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        feed.KeysChanged += OnKeysChanged;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        feed.KeysChanged -= OnKeysChanged;
        return Task.CompletedTask;
    }

    public void Dispose() => _gate.Dispose();

    private void OnKeysChanged() => Volatile.Write(ref _keysChangedAt, Stopwatch.GetTimestamp());

    private bool IsCurrent(Fetched known, TimeSpan maximumAge) =>
        clock.GetUtcNow() - known.At < maximumAge && !known.IsBefore(Volatile.Read(ref _keysChangedAt));

    private async ValueTask<Fetched?> CurrentAsync(TimeSpan maximumAge, CancellationToken cancellationToken)
    {
        if (_current is { } known && IsCurrent(known, maximumAge))
        {
            return known;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            // While it does not respond, callers do not wait for it one after the other.
            var now = clock.GetUtcNow();
            if (now >= _retryAt && (_current is null || !IsCurrent(_current, maximumAge)))
            {
                _current = await FetchAsync(cancellationToken);
            }
        }
        catch (Exception exception)
            when (exception is HttpRequestException or System.Text.Json.JsonException or ArgumentException or InvalidOperationException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            _retryAt = clock.GetUtcNow() + s_pause;
            LogUnreachable(exception);
        }
        finally
        {
            _gate.Release();
        }

        return _current;
    }

    private async Task<Fetched> FetchAsync(CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(HttpClientName);
        var begun = Stopwatch.GetTimestamp();
        var document = await ReadAsync(client, Issuer + EndpointPaths.OpenIdConfiguration, cancellationToken);
        // RFC 8414 §3.3: a document that names another issuer does not belong to this server.
        if (document["issuer"]?.GetValue<string>() != Issuer)
        {
            throw new InvalidOperationException(
                SettingProblem.Describe(
                    "McpOidc:Authority",
                    "does not match the issuer in the authorization server's metadata",
                    "Set it to exactly that issuer."
                )
            );
        }

        var jwks = await client.GetStringAsync(new Uri(document["jwks_uri"]!.GetValue<string>()), cancellationToken);
        return new Fetched(document, [.. KeysOf(jwks)], clock.GetUtcNow(), begun);
    }

    // A key that is published for id_tokens must not verify access tokens.
    private static IList<SecurityKey> KeysOf(string jwks)
    {
        var published = new JsonWebKeySet(jwks);
        foreach (var key in published.Keys.Where(key => key.AdditionalData.ContainsKey(PublishedKeyUse.Member)).ToList())
        {
            published.Keys.Remove(key);
        }

        return published.GetSigningKeys();
    }

    private static async Task<JsonObject> ReadAsync(HttpClient client, string url, CancellationToken cancellationToken) =>
        JsonNode.Parse(await client.GetStringAsync(new Uri(url), cancellationToken)) as JsonObject
        ?? throw new InvalidOperationException("The metadata of the authorization server is not a JSON object.");

    [LoggerMessage(1601, LogLevel.Warning, "Fetching the authorization server's metadata failed.")]
    private partial void LogUnreachable(Exception exception);
}
