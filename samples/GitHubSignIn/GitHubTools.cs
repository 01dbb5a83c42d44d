using System.ComponentModel;
using ModelContextProtocol.Server;

namespace GitHubSignIn;

[McpServerToolType]
internal sealed class GitHubTools(GitHubApi api)
{
    [McpServerTool(Name = "my_profile", ReadOnly = true), Description("The signed-in person's profile at GitHub.")]
    public Task<string> MyProfile(CancellationToken cancellationToken) => api.ReadUserAsync(cancellationToken);
}

/// <summary>GitHub's API, called with the person's own token: <c>AddIdentityProviderAccessToken</c> adds it.</summary>
internal sealed class GitHubApi(HttpClient http)
{
    public Task<string> ReadUserAsync(CancellationToken cancellationToken) => http.GetStringAsync("user", cancellationToken);
}
