using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;
using McpOidc.Upstream;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Account;

/// <summary>The installations of clients, in words. Nothing is fetched to find them: what a description said last is good enough to look at.</summary>
internal sealed partial class Installations(
    Grants grants, Clients clients, GrantOrigins origins, IdentityProviders providers, IOptions<McpOidcOptions> options, ILogger<Installations> logger)
{
    /// <summary>Ended ones lie between: so many pages of the store are looked through for one of ours.</summary>
    private const int MaximumRounds = 10;

    /// <summary>Those of a person that may still be used, the last used first.</summary>
    /// <param name="subject">The person.</param>
    /// <param name="after">Where the page before ended; <see langword="null"/> for the first.</param>
    /// <param name="size">How many, about.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="FormatException"><paramref name="after"/> is no place where a page ended.</exception>
    public async Task<(IReadOnlyList<Installation> Found, string? Next)> ListAsync(string subject, string? after, int size, CancellationToken cancellationToken)
    {
        var live = new List<GrantRecord>();
        var next = after;
        for (var round = 0; round < MaximumRounds && live.Count < size; round++)
        {
            var page = await grants.FindPageAsync(subject, clientId: null, next, size - live.Count, cancellationToken);
            live.AddRange(page.Grants.Select(grant => grant.Value).Where(grant => grant.IsLive));
            next = page.Next;
            if (next is null)
            {
                break;
            }
        }

        var found = await Task.WhenAll(live.OrderByDescending(grant => grant.LastUsedAt ?? grant.CreatedAt).Select(grant => DescribeAsync(grant, cancellationToken)));
        return (found, next);
    }

    public async Task<Installation> DescribeAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        var client = await clients.FindKnownAsync(grant.ClientId, cancellationToken);
        return new Installation(
            grant,
            DisplayText.Clean(client?.Metadata.ClientName) is { Length: > 0 } name ? name : DisplayText.Clean(grant.ClientId),
            client is { IsDescribedByDocument: true } ? new Uri(client.ClientId).IdnHost
                : Uri.TryCreate(grant.RedirectUri, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps ? uri.IdnHost : null,
            options.Value.Resources.FirstOrDefault(known => CanonicalResource.AreSame(known.Uri, grant.Resource))?.Name is { Length: > 0 } server ? server : grant.Resource,
            await OriginOfAsync(grant, cancellationToken),
            providers.All.FirstOrDefault(provider => provider.Options.Issuer == grant.Provider)?.DisplayName
                ?? (Uri.TryCreate(grant.Provider, UriKind.Absolute, out var issuer) ? issuer.Host : grant.Provider));
    }

    private async ValueTask<GrantOrigin?> OriginOfAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        try
        {
            return await origins.OpenAsync(grant, cancellationToken);
        }
        catch (StoredPayloadException exception)
        {
            LogUnreadable(grant.Id, exception);
            return null;
        }
    }

    [LoggerMessage(2711, LogLevel.Warning, "Where grant {GrantId} was given cannot be read: its key is gone.")]
    private partial void LogUnreadable(string grantId, Exception exception);
}
