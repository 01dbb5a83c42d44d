using System.ComponentModel;
using McpOidc;
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

/// <summary>What <c>Program.cs</c> adds for the tools.</summary>
public static class GitHubToolsSetup
{
    /// <summary>Adds the tools that call GitHub's API as the person: <c>GitHub:Api</c>, by default <c>https://api.github.com/</c>.</summary>
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
