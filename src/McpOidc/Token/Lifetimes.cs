using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Token;

/// <summary>How long the tokens for a resource live: as its own settings say, else as those of all.</summary>
internal sealed class Lifetimes(KnownResources resources, IOptions<TokenOptions> tokens)
{
    // Not read when this is made: that is before the settings are checked, and the first that is wrong would hide the others.
    private readonly Lazy<(TimeSpan Refresh, TimeSpan Access)> _longest = new(() =>
        (
            resources
                .All.Select(resource => resource.RefreshTokenLifetime ?? TimeSpan.Zero)
                .Append(tokens.Value.RefreshTokenLifetime)
                .Max(),
            resources.All.Select(resource => resource.AccessTokenLifetime ?? TimeSpan.Zero).Append(tokens.Value.AccessTokenLifetime).Max()
        )
    );

    /// <summary>The longest refresh token of all: whatever holds them together lives at least as long.</summary>
    public TimeSpan LongestRefreshToken => _longest.Value.Refresh;

    public TimeSpan LongestAccessToken => _longest.Value.Access;

    public TimeSpan AccessToken(string resource) => resources.Find(resource)?.AccessTokenLifetime ?? tokens.Value.AccessTokenLifetime;

    public TimeSpan RefreshToken(string resource) => resources.Find(resource)?.RefreshTokenLifetime ?? tokens.Value.RefreshTokenLifetime;
}
