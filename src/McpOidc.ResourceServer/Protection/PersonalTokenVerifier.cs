using System.Collections.Frozen;
using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// Verifies a personal access token by its grant, which is found by id and hash. If the last check is older than the lifetime of an access
/// token, the authorization server checks it first. The result is cached like a session; <see cref="LiveSessions"/> reports grants that
/// ended in the meantime.
/// </summary>
internal sealed class PersonalTokenVerifier(
    RecordStore records,
    IPersonalTokenCheck check,
    IOptions<ResourceServerOptions> options,
    TimeProvider clock
) : IDisposable
{
    private static readonly TokenVerdict.Invalid s_notOurs = new("This server did not issue the token.");
    private static readonly TokenVerdict.Invalid s_ended = new("The token has ended, or its user must sign in again.");
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 50_000 });

    /// <returns>The token, for any resource, or the reason why it is refused.</returns>
    public async ValueTask<(TokenVerdict.Valid? Verified, TokenVerdict? Refusal)> FindAsync(
        string value,
        CancellationToken cancellationToken
    )
    {
        if (PersonalAccessToken.Read(value) is not { } token)
        {
            return (null, s_notOurs);
        }

        var hash = token.Hash;
        var (known, now) = (_known.Get<TokenVerdict.Valid>(hash), clock.GetUtcNow());
        if (known is not null && now - known.VerifiedAt < options.Value.GrantCacheLifetime && now < known.CheckedUntil)
        {
            return (known, null);
        }

        try
        {
            return await LookUpAsync(token, hash, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return known is not null && now - known.VerifiedAt < options.Value.StoreOutageTolerance
                ? (known, null)
                : (null, new TokenVerdict.Unknown());
        }
    }

    public void Dispose() => _known.Dispose();

    private async Task<(TokenVerdict.Valid?, TokenVerdict?)> LookUpAsync(
        PersonalAccessToken token,
        string hash,
        CancellationToken cancellationToken
    )
    {
        if (await ReadAsync(token, cancellationToken) is not { PersonalToken: { } personal } grant)
        {
            return (null, s_notOurs);
        }

        if (grant.IsLive && personal.CheckedUntil <= clock.GetUtcNow())
        {
            var standing = await check.CheckAsync(grant.Id, cancellationToken);
            if (standing == PersonalTokenStanding.Good && await ReadAsync(token, cancellationToken) is { PersonalToken: { } now } anew)
            {
                (grant, personal) = (anew, now);
            }
            else if (standing == PersonalTokenStanding.Refused)
            {
                return (null, s_ended);
            }
            else if (clock.GetUtcNow() - personal.CheckedUntil >= options.Value.StoreOutageTolerance)
            {
                return (null, new TokenVerdict.Unknown());
            }
        }

        if (!grant.IsLive || personal.EndsAt <= clock.GetUtcNow())
        {
            return (null, s_ended);
        }

        var verified = Describe(grant, personal);
        _known.Set(hash, verified, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromMinutes(15) });
        return (verified, null);
    }

    private async ValueTask<GrantRecord?> ReadAsync(PersonalAccessToken token, CancellationToken cancellationToken) =>
        (await records.GetAsync(StoreKeys.Grant, token.GrantId, cancellationToken))?.Value is { } grant
        && OpaqueToken.Matches(token.Value, grant.PersonalToken?.Hash)
            ? grant
            : null;

    // The claims of a client's access token (RFC 9068 §2.2).
    private TokenVerdict.Valid Describe(GrantRecord grant, PersonalTokenRecord personal) =>
        new(
            new ClaimsIdentity(
                [
                    new("sub", grant.Subject),
                    new("sid", grant.Id),
                    new("client_id", grant.ClientId),
                    new("aud", grant.Resource),
                    new("scope", string.Join(' ', personal.Scopes)),
                ],
                nameof(PersonalAccessToken),
                "sub",
                "roles"
            ),
            grant.Id,
            grant.Subject
        )
        {
            KeyId = "",
            VerifiedAt = clock.GetUtcNow(),
            ExpiresAt = personal.EndsAt,
            CheckedUntil = personal.CheckedUntil,
            Audiences = new[] { CanonicalResource.From(grant.Resource) }.OfType<string>().ToFrozenSet(StringComparer.Ordinal),
        };
}
