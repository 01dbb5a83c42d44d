using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Token;

/// <summary>The lifetimes of tokens for a resource: its own settings, or the common ones.</summary>
internal sealed class Lifetimes(KnownResources resources, IOptions<TokenOptions> tokens)
{
    // Not read in the constructor, which runs before settings are validated: the first invalid one would hide the others.
    private readonly Lazy<(TimeSpan Refresh, TimeSpan Access)> _longest = new(() =>
        (
            resources
                .All.Select(resource => resource.RefreshTokenLifetime ?? TimeSpan.Zero)
                .Append(tokens.Value.RefreshTokenLifetime)
                .Max(),
            resources.All.Select(resource => resource.AccessTokenLifetime ?? TimeSpan.Zero).Append(tokens.Value.AccessTokenLifetime).Max()
        )
    );

    /// <summary>The longest refresh token lifetime: records that these tokens need live at least as long.</summary>
    public TimeSpan LongestRefreshToken => _longest.Value.Refresh;

    public TimeSpan LongestAccessToken => _longest.Value.Access;

    public TimeSpan AccessToken(string resource) => resources.Find(resource)?.AccessTokenLifetime ?? tokens.Value.AccessTokenLifetime;

    public TimeSpan RefreshToken(string resource) => resources.Find(resource)?.RefreshTokenLifetime ?? tokens.Value.RefreshTokenLifetime;
}
