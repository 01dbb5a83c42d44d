using System.Collections.Immutable;
using McpOidc.Registration;
using McpOidc.Token;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace McpOidc.Storage.OpenIddict;

/// <summary>OpenIddict's rules about clients, with our own about their secrets and redirect URIs.</summary>
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

    // OpenIddict stretches secrets with 10,000 rounds of PBKDF2, which is for what people think up. Ours are 256 random bits: there
    // is nothing to guess, and the rounds would be paid on every request of a confidential client.
    protected override ValueTask<string> ObfuscateClientSecretAsync(string secret, CancellationToken cancellationToken = default) =>
        new(OpaqueToken.Hash(secret));

    protected override ValueTask<bool> ValidateClientSecretAsync(
        string secret,
        string comparand,
        CancellationToken cancellationToken = default
    ) => new(OpaqueToken.Matches(secret, comparand));

    // OpenIddict's own comparison normalises both URIs first, and what two parsers normalise differently is an open redirect.
    private bool MatchesAny(ClientRecord application, ImmutableArray<string> registered, string requested)
    {
        if (
            registered.Any(candidate => RedirectUriMatch.Matches(candidate, requested))
            // A stored registration was judged when it was written. One that stands in its id may be older than today's rules, and of a
            // document, which every server reads, only what is asked for is judged.
            && (!(application.IsStateless || application.IsDescribedByDocument) || redirectUris.Allows(requested))
        )
        {
            return true;
        }

        LogUnknownUri(Logger, application.Id);
        return false;
    }

    // The URI itself is left out: anybody can send one, and log viewers make links of them.
    [LoggerMessage(
        1203,
        LogLevel.Information,
        "A redirect URI was refused because the client {ClientId} did not register it, or may not use it any more."
    )]
    private static partial void LogUnknownUri(ILogger logger, string clientId);
}
