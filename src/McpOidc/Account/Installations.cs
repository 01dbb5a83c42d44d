using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Logging;

namespace McpOidc.Account;

/// <summary>The installations of clients, with their descriptions. Nothing is fetched to list them: the last known metadata are good
/// enough for display.</summary>
internal sealed partial class Installations(
    Grants grants,
    Clients clients,
    GrantOrigins origins,
    IdentityProviders providers,
    KnownResources resources,
    ScopeCatalog scopes,
    ILogger<Installations> logger
)
{
    private const int ReadAtOnce = 100;

    /// <summary>The store has no order of time, so all of a user's grants are read: the newest must not be among those left
    /// out.</summary>
    private const int MaximumRounds = 100;

    /// <summary>How many are read.</summary>
    public const int Maximum = ReadAtOnce * MaximumRounds;

    /// <summary>A user's usable installations, the newest first: an application that the user does not know is most likely there.</summary>
    /// <param name="subject">The user.</param>
    /// <param name="skip">How many to skip.</param>
    /// <param name="size">How many to return.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The installations, and whether there are more.</returns>
    public async Task<(IReadOnlyList<Installation> Found, bool HasMore)> ListAsync(
        string subject,
        int skip,
        int size,
        CancellationToken cancellationToken
    )
    {
        List<GrantRecord> newest = [];
        string? next = null;
        for (var round = 0; round < MaximumRounds && (round == 0 || next is not null); round++)
        {
            var page = await grants.FindPageAsync(subject, clientId: null, next, ReadAtOnce, cancellationToken);
            newest =
            [
                .. newest
                    .Concat(page.Grants.Select(grant => grant.Value).Where(grant => grant.IsLive))
                    .DistinctBy(grant => grant.Id)
                    .OrderByDescending(grant => grant.CreatedAt)
                    .ThenBy(grant => grant.Id, StringComparer.Ordinal)
                    .Take(skip + size + 1),
            ];
            next = page.Next;
        }

        var shown = newest.Skip(skip).Take(size);
        return (await Task.WhenAll(shown.Select(grant => DescribeAsync(grant, cancellationToken))), newest.Count > skip + size);
    }

    public async Task<Installation> DescribeAsync(GrantRecord grant, CancellationToken cancellationToken)
    {
        var client = await clients.FindKnownAsync(grant.ClientId, cancellationToken);
        var origin = await OriginOfAsync(grant, cancellationToken);
        return new Installation(
            grant,
            DisplayText.Clean(origin?.Label ?? client?.Metadata.ClientName, otherwise: DisplayText.Clean(grant.ClientId)),
            client is { IsDescribedByDocument: true } ? new Uri(client.ClientId).IdnHost
                : RedirectUri.Read(grant.RedirectUri) is { Kind: RedirectUriKind.Https, Host: var host } ? host
                : null,
            resources.Find(grant.Resource)?.Name is { Length: > 0 } server ? server : grant.Resource,
            origin,
            providers.All.FirstOrDefault(provider => provider.Options.Issuer == grant.Provider)?.DisplayName
                ?? (Uri.TryCreate(grant.Provider, UriKind.Absolute, out var issuer) ? issuer.Host : grant.Provider)
        )
        {
            Scopes = await scopes.OfAsync(
                resources.Find(grant.Resource) ?? new ResourceOptions { Uri = grant.Resource },
                cancellationToken
            ),
        };
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

    [LoggerMessage(2711, LogLevel.Warning, "The location of grant {GrantId} cannot be decrypted: its key no longer exists.")]
    private partial void LogUnreadable(string grantId, Exception exception);
}
