using System.Security.Claims;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>Claims of the person beside those of the token (<see cref="ProtectedResourceOptions.UserClaims"/>), kept as long as sessions
/// are.</summary>
internal sealed class UserClaimLoader(IUserAccessor users, IOptions<ResourceServerOptions> options, TimeProvider clock) : IDisposable
{
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    private sealed record Known(JsonObject Claims, DateTimeOffset At);

    /// <returns><see langword="false"/> when they cannot be had at the moment.</returns>
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

        // What the token says of its own is not overwritten: sub, scope and client_id are the authorization server's words.
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

    // An object as a whole is for the policy to read.
    private static IEnumerable<string> Values(JsonObject claims, string path) =>
        claims[path] is JsonObject whole ? [whole.ToJsonString()] : ClaimPath.Parse(path)!.ReadFrom(claims);
}
