using System.ComponentModel;
using McpOidc;
using ModelContextProtocol.Server;

namespace GitHubSignIn;

[McpServerToolType]
internal sealed class GitHubTools(GitHubApi api)
{
    [McpServerTool(Name = "my_profile", ReadOnly = true), Description("Returns the signed-in user's GitHub profile.")]
    public Task<string> MyProfile(CancellationToken cancellationToken) => api.ReadUserAsync(cancellationToken);
}

/// <summary>GitHub's API, called with the user's own token, which <c>AddIdentityProviderAccessToken</c> adds.</summary>
internal sealed class GitHubApi(HttpClient http)
{
    public Task<string> ReadUserAsync(CancellationToken cancellationToken) => http.GetStringAsync("user", cancellationToken);
}

/// <summary>Services for the tools, added by <c>Program.cs</c>.</summary>
public static class GitHubToolsSetup
{
    /// <summary>Adds the tools that call GitHub's API as the user: <c>GitHub:Api</c>, by default <c>https://api.github.com/</c>.</summary>
    public static void AddGitHubTools(this WebApplicationBuilder builder)
    {
        builder.Services.AddMcpServer().WithHttpTransport().WithTools<GitHubTools>();
        builder
            .Services.AddHttpClient<GitHubApi>(http =>
            {
                http.BaseAddress = new Uri(builder.Configuration["GitHub:Api"] ?? "https://api.github.com/");
                http.DefaultRequestHeaders.UserAgent.ParseAdd("McpOidc-sample");
            })
            .AddIdentityProviderAccessToken();
    }
}
