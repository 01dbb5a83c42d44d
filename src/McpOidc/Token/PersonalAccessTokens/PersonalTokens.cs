using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Sessions;
using McpOidc.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Token.PersonalAccessTokens;

/// <summary>Creates personal access tokens, each with its own grant.</summary>
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

    /// <summary>Whether a user has the maximum number of tokens.</summary>
    public async ValueTask<bool> IsFullAsync(string subject, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await grants
                .FindAllAsync(subject, clientId: null, cancellationToken)
                .CountAsync(grant => grant.Value is { IsLive: true, PersonalToken: { } token } && token.EndsAt > now, cancellationToken)
            >= options.Value.MaximumPerUser;
    }

    /// <summary>Creates a token. Its value cannot be read again.</summary>
    /// <param name="user">The user.</param>
    /// <param name="asked">The requested token.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> if the form was sent twice: the first time created the token.</returns>
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
        // The user record must live as long as the token: a job may run once a quarter.
        await users.KeepUntilAsync(user, grant.ExpiresAt, cancellationToken);
        try
        {
            if (!await grants.TryCreateAsync(grant, cancellationToken))
            {
                return null;
            }
        }
        catch (StoreUnavailableException)
        {
            // The person has not seen its value: the form, sent again, creates another.
            await grants.ForgetPersonalTokenAsync(id, token.Hash);
            throw;
        }

        LogMade(id, user.Subject, asked.Resource);
        audit.PersonalTokenMade(grant);
        return token;
    }

    [LoggerMessage(2970, LogLevel.Information, "Personal access token {GrantId} of {Subject} was created for {Resource}.")]
    private partial void LogMade(string grantId, string subject, string resource);
}

/// <summary>A requested token.</summary>
/// <param name="FormId">The id of the form. Sending the same form twice creates one token.</param>
/// <param name="Name">The name that the person chose.</param>
/// <param name="Resource">The MCP server.</param>
/// <param name="Scopes">The scopes.</param>
/// <param name="Lifetime">The lifetime.</param>
internal sealed record AskedToken(string FormId, string Name, string Resource, string[] Scopes, TimeSpan Lifetime);
