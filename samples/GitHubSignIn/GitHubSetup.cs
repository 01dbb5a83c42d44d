using McpOidc;
using Microsoft.Extensions.Options;

namespace GitHubSignIn;

/// <summary>What <c>Program.cs</c> adds to a server for people to sign in at GitHub.</summary>
public static class GitHubSetup
{
    /// <summary>Signs people in at GitHub.</summary>
    public static McpOidcBuilder UseGitHub(this McpOidcBuilder builder)
    {
        builder.Services.AddOptions<GitHubOptions>().BindConfiguration(GitHubOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddHttpClient(nameof(GitHubIdentityProvider)).ConfigureHttpClient(http => http.Timeout = TimeSpan.FromSeconds(10));
        return builder.UseIdentityProvider<GitHubIdentityProvider>();
    }

    /// <summary>Adds the tools that call GitHub's API as the person.</summary>
    public static void AddGitHubTools(this IServiceCollection services)
    {
        services.AddMcpServer().WithHttpTransport().WithTools<GitHubTools>();
        services
            .AddHttpClient<GitHubApi>(
                (provider, http) =>
                {
                    http.BaseAddress = new Uri(
                        provider.GetRequiredService<IOptions<GitHubOptions>>().Value.Api.AbsoluteUri.TrimEnd('/') + "/"
                    );
                    http.DefaultRequestHeaders.UserAgent.ParseAdd("McpOidc-sample");
                }
            )
            .AddIdentityProviderAccessToken();
    }
}
