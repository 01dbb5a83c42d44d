using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Sessions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Token.PersonalAccessTokens;

/// <summary>Makes personal access tokens, each with a grant of its own.</summary>
internal sealed partial class PersonalTokens(
    Grants grants,
    GrantOrigins origins,
    UserSessions users,
    Lifetimes lifetimes,
    IOptions<PersonalAccessTokenOptions> options,
    AuditLog audit,
    TimeProvider clock,
    ILogger<PersonalTokens> logger
)
{
    public PersonalAccessTokenOptions Options => options.Value;

    /// <summary>Whether a person has as many as there may be.</summary>
    public async ValueTask<bool> IsFullAsync(string subject, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await grants
                .FindAllAsync(subject, clientId: null, cancellationToken)
                .CountAsync(grant => grant.Value is { IsLive: true, PersonalToken: { } token } && token.EndsAt > now, cancellationToken)
            >= options.Value.MaximumPerUser;
    }

    /// <summary>Makes a token. It cannot be had again.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="asked">What for.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> where the form was sent twice, and the token was made the first time.</returns>
    public async Task<PersonalAccessToken?> CreateAsync(UserRecord user, AskedToken asked, CancellationToken cancellationToken)
    {
        var (now, id) = (clock.GetUtcNow(), OpaqueToken.DeriveId($"personal token {user.Subject} {asked.FormId}"));
        var token = PersonalAccessToken.Create(id);
        var endsAt = now + asked.Lifetime;
        var grant = new GrantRecord
        {
            Id = id,
            Subject = user.Subject,
            ClientId = PersonalAccessToken.Client,
            Provider = user.Provider,
            Scopes = asked.Scopes,
            Resource = asked.Resource,
            RedirectUri = "",
            Origin = await origins.SealAsync(id, cancellationToken, asked.Name),
            CreatedAt = now,
            AuthenticatedAt = now,
            ExpiresAt = endsAt + Grants.Margin,
            PersonalToken = new PersonalTokenRecord
            {
                Hash = token.Hash,
                EndsAt = endsAt,
                CheckedUntil = now + lifetimes.AccessToken(asked.Resource),
                Scopes = asked.Scopes,
            },
        };
        // What is known of the person stays as long as the token: a job may run once a quarter.
        await users.KeepUntilAsync(user, grant.ExpiresAt, cancellationToken);
        if (!await grants.TryCreateAsync(grant, cancellationToken))
        {
            return null;
        }

        LogMade(id, user.Subject, asked.Resource);
        audit.PersonalTokenMade(grant);
        return token;
    }

    [LoggerMessage(2970, LogLevel.Information, "Personal access token {GrantId} of {Subject} was made for {Resource}.")]
    private partial void LogMade(string grantId, string subject, string resource);
}

/// <summary>The token that somebody wants.</summary>
/// <param name="FormId">Which form was sent; the same twice makes one token.</param>
/// <param name="Name">What the person calls it.</param>
/// <param name="Resource">The MCP server.</param>
/// <param name="Scopes">What it opens there.</param>
/// <param name="Lifetime">How long it is good.</param>
internal sealed record AskedToken(string FormId, string Name, string Resource, string[] Scopes, TimeSpan Lifetime);
