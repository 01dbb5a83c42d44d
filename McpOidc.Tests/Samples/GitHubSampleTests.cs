using System.Text.Json;
using GitHubSignIn;
using McpOidc.Tests.Federation.Simulators;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Samples;

/// <summary>samples/GitHubSignIn against <see cref="SimulatedGitHub"/>: sign-in by settings, and a tool that calls the API.</summary>
public sealed class GitHubSampleTests
{
    [Fact]
    public async Task A_person_signs_in_with_the_settings_of_the_sample_and_a_tool_calls_the_API_with_her_token()
    {
        await using var github = new SimulatedGitHub();
        await github.StartAsync();
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = new IdentityProviderSettings(
                github.Origin,
                SimulatedOAuthProvider.ClientId,
                SimulatedOAuthProvider.ClientSecret,
                "read:user user:email"
            );
            options.Set("McpOidc:IdentityProvider:Preset", Preset());
            options.Set("GitHub:Api", github.Origin + "/api/v3/");
            options.Mcp = builder => builder.AddGitHubTools();
        });
        await using var client = await SdkClient.ConnectAsync(system.Resource);
        Assert.Contains("\"login\":\"octocat\"", await client.CallAsync("my_profile"), StringComparison.Ordinal);
    }

    private static string Preset()
    {
        var file = Path.Combine(SourceTree.Root, "samples/GitHubSignIn/appsettings.Development.json");
        using var settings = JsonDocument.Parse(File.ReadAllText(file));
        return settings.RootElement.GetProperty("McpOidc").GetProperty("IdentityProvider").GetProperty("Preset").GetString()!;
    }
}
