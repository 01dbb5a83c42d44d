using System.Collections.Immutable;
using McpOidc.Registration;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace McpOidc.Storage.OpenIddict;

/// <summary>OpenIddict's rules for clients, with our own for secrets and redirect URIs.</summary>
internal sealed partial class ClientManager(
    IOpenIddictApplicationCache<ClientRecord> cache,
    ILogger<OpenIddictApplicationManager<ClientRecord>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<ClientRecord> store,
    RedirectUriPolicy redirectUris
) : OpenIddictApplicationManager<ClientRecord>(cache, logger, options, store)
{
    public override async ValueTask<bool> ValidateRedirectUriAsync(
        ClientRecord application,
        string uri,
        CancellationToken cancellationToken = default
    ) => MatchesAny(application, await Store.GetRedirectUrisAsync(application, cancellationToken), uri);

    public override async ValueTask<bool> ValidatePostLogoutRedirectUriAsync(
        ClientRecord application,
        string uri,
        CancellationToken cancellationToken = default
    ) => MatchesAny(application, await Store.GetPostLogoutRedirectUrisAsync(application, cancellationToken), uri);

    // OpenIddict hashes secrets with 10,000 rounds of PBKDF2, meant for passwords. Ours are 256 random bits: they cannot be guessed, and
    // every request of a confidential client would pay for the rounds.
    protected override ValueTask<string> ObfuscateClientSecretAsync(string secret, CancellationToken cancellationToken = default) =>
        new(OpaqueToken.Hash(secret));

    protected override ValueTask<bool> ValidateClientSecretAsync(
        string secret,
        string comparand,
        CancellationToken cancellationToken = default
    ) => new(OpaqueToken.Matches(secret, comparand));

    // OpenIddict's own comparison normalizes both URIs first, and a difference between two parsers is an open redirect.
    private bool MatchesAny(ClientRecord application, ImmutableArray<string> registered, string requested)
    {
        if (
            registered.Any(candidate => RedirectUriMatch.Matches(candidate, requested))
            // A stored registration was validated when written. A stateless one may be older than today's rules, and of a document, which
            // every server reads, only the requested URI is validated.
            && (!(application.IsStateless || application.IsDescribedByDocument) || redirectUris.Allows(requested))
        )
        {
            return true;
        }

        LogUnknownUri(Logger, application.Id);
        return false;
    }

    // Without the URI itself: it is untrusted, and log viewers turn URLs into links.
    [LoggerMessage(1203, LogLevel.Information, "Rejected a redirect URI that client {ClientId} did not register, or may no longer use.")]
    private static partial void LogUnknownUri(ILogger logger, string clientId);
}
