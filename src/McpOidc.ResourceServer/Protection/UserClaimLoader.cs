using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
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
    public async ValueTask<bool> TryAddAsync(ClaimsPrincipal user, string subject, IList<string> names, CancellationToken cancellationToken)
    {
        if (names.Count == 0)
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
        var claims = names
            .Where(name => !user.HasClaim(claim => claim.Type == name))
            .SelectMany(name => Values(known.Claims[name]).Select(value => new Claim(name, value)));
        user.AddIdentity(new ClaimsIdentity(claims));
        return true;
    }

    public void Dispose() => _known.Dispose();

    private static IEnumerable<string> Values(JsonNode? value) =>
        value switch
        {
            null => [],
            JsonArray array => array.SelectMany(Values),
            JsonValue when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
            _ => [value.ToJsonString()],
        };
}
