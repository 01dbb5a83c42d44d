using System.Security.Claims;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>Adds the user's claims to those of the token (<see cref="ProtectedResourceOptions.UserClaims"/>), cached as long as grants
/// are.</summary>
internal sealed class UserClaimLoader(IUserAccessor users, IOptions<ResourceServerOptions> options, TimeProvider clock) : IDisposable
{
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    private sealed record Known(JsonObject Claims, DateTimeOffset At);

    /// <returns><see langword="false"/> if they are currently unavailable.</returns>
    public async ValueTask<bool> TryAddAsync(
        ClaimsPrincipal user,
        string subject,
        ProtectedResourceOptions wanted,
        CancellationToken cancellationToken
    )
    {
        if (wanted.UserClaims.Count == 0 && wanted.RoleClaim is null)
        {
            return true;
        }

        if (_known.Get<Known>(subject) is not { } known || clock.GetUtcNow() - known.At >= options.Value.GrantCacheLifetime)
        {
            try
            {
                known = new Known((await users.GetAsync(user, cancellationToken))?.Claims ?? [], clock.GetUtcNow());
            }
            catch (StoreUnavailableException)
            {
                return false;
            }

            _known.Set(subject, known, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromMinutes(15) });
        }

        // The token's own claims are not overwritten: the authorization server decides sub, scope and client_id.
        var claims = wanted
            .UserClaims.Where(name => !user.HasClaim(claim => claim.Type == name))
            .SelectMany(name => Values(known.Claims, name).Select(value => new Claim(name, value)));
        var roles = wanted.RoleClaim is { } path
            ? ClaimPath.Parse(path)!.ReadFrom(known.Claims).Select(role => new Claim(ClaimTypes.Role, role))
            : [];
        user.AddIdentity(new ClaimsIdentity(claims.Concat(roles)));
        return true;
    }

    public void Dispose() => _known.Dispose();

    // A policy can read an object as a whole.
    private static IEnumerable<string> Values(JsonObject claims, string path) =>
        claims[path] is JsonObject whole ? [whole.ToJsonString()] : ClaimPath.Parse(path)!.ReadFrom(claims);
}
