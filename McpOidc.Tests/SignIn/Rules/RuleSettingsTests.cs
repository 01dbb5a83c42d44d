using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.SignIn.Rules;

/// <summary>What startup reports about rules, beyond the cases of <c>RefusedSettingsTests</c>.</summary>
public sealed class RuleSettingsTests
{
    [Theory]
    [InlineData("IdentityProvider:Allow:0:Name", "nothing", "McpOidc__IdentityProvider__Allow__0", "has no condition")]
    [InlineData("IdentityProvider:Deny:0:Groups:0", "", "McpOidc__IdentityProvider__Deny__0__Groups__0", "is empty")]
    [InlineData("IdentityProvider:Deny:0:Groups:0", "suspended ", "McpOidc__IdentityProvider__Deny__0__Groups__0", "Remove the space")]
    [InlineData("IdentityProvider:Deny:0:Subjects:0", " mallory", "McpOidc__IdentityProvider__Deny__0__Subjects__0", "Remove the space")]
    [InlineData(
        "IdentityProvider:Deny:0:Claims:0:Values:0",
        "suspended\t",
        "McpOidc__IdentityProvider__Deny__0__Claims__0__Values__0",
        "Remove the space"
    )]
    [InlineData(
        "IdentityProvider:Allow:0:Claims:0:Claim",
        "a..b",
        "McpOidc__IdentityProvider__Allow__0__Claims__0__Claim",
        "not a valid claim path"
    )]
    [InlineData(
        "IdentityProvider:Allow:0:Claims:0:Claim",
        "a",
        "McpOidc__IdentityProvider__Allow__0__Claims__0__Values",
        "matches any value"
    )]
    [InlineData("IdentityProvider:Allow:0:EmailDomains:0", "a@b.example", "McpOidc__IdentityProvider__Allow__0__EmailDomains__0", "the @")]
    [InlineData("IdentityProvider:Allow:0:EntraEmailDomains:0", "b.example", "Allow__0__EntraEmailDomains", "EntraId")]
    [InlineData("IdentityProvider:GroupsClaim", "'a", "McpOidc__IdentityProvider__GroupsClaim", "not a valid claim path")]
    [InlineData("IdentityProvider:ClaimsLifetime", "00:00:00", "McpOidc__IdentityProvider__ClaimsLifetime", "positive")]
    [InlineData("IdentityProvider:Providers:b:Allow:0:Name", "b", "McpOidc__IdentityProvider__Providers__b__Allow__0", "has no condition")]
    [InlineData("Scopes:0:Title", "Read", "McpOidc__Scopes__0__Name", "files:write")]
    [InlineData("Scopes:0:Name", "two words", "McpOidc__Scopes__0__Name", "not a valid scope")]
    public async Task A_nonsensical_rule_prevents_the_start(string setting, string value, string variable, string remedy)
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() =>
            StartAsync("Development", ("IdentityProvider:Issuer", "https://idp.example.com"), (setting, value))
        );
        Assert.Contains(variable, exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Email_domain_rules_are_refused_for_Entra_ID_because_it_does_not_verify_addresses()
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            StartAsync(
                "Development",
                ("IdentityProvider:Issuer", "https://idp.example.com"),
                ("IdentityProvider:Preset", "EntraId"),
                ("IdentityProvider:Deny:0:EmailDomains:0", "example.com")
            )
        );
        Assert.Contains("McpOidc__IdentityProvider__Deny__0__EmailDomains", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Use EntraEmailDomains", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://accounts.google.com", "Production", true)]
    [InlineData("https://accounts.google.com", "Development", false)]
    [InlineData("https://github.com", "Production", true)]
    [InlineData("https://discord.com", "Production", true)]
    [InlineData("https://gitlab.com", "Production", true)]
    [InlineData("https://gitlab.example.com", "Production", false)]
    [InlineData("https://appleid.apple.com", "Production", true)]
    [InlineData("https://www.linkedin.com/oauth", "Production", true)]
    [InlineData("https://login.microsoftonline.com/common/v2.0", "Production", true)]
    [InlineData("https://login.microsoftonline.com/consumers/v2.0", "Staging", true)]
    [InlineData("https://login.microsoftonline.com/7f0c9a53-0000-4000-8000-000000000001/v2.0", "Production", false)]
    [InlineData("https://idp.example.com", "Production", false)]
    public async Task The_startup_log_warns_if_anyone_in_the_world_can_sign_in(string issuer, string environment, bool warns)
    {
        await using var open = await StartAsync(environment, ("IdentityProvider:Issuer", issuer));
        await using var closed = await StartAsync(
            environment,
            ("IdentityProvider:Issuer", issuer),
            ("IdentityProvider:Allow:0:Subjects:0", "somebody")
        );
        Assert.Equal((warns, false), (IsWarned(open), IsWarned(closed)));

        static bool IsWarned(TestSite site) => site.Logs.Lines.Any(line => line.Contains("[2900]", StringComparison.Ordinal));
    }

    private static async Task<TestSite> StartAsync(string environment, params (string Name, string Value)[] further)
    {
        var settings = new Dictionary<string, string?>
        {
            ["McpOidc:Issuer"] = "https://auth.example.com",
            ["McpOidc:Resources:0:Uri"] = "https://mcp.example.com/mcp",
            ["McpOidc:Secret"] = new string('s', 40),
            ["McpOidc:Sqlite:Path"] = Path.Combine(Directory.CreateTempSubdirectory("mcpoidc-").FullName, "store.db"),
            ["McpOidc:IdentityProvider:ClientId"] = "mcpoidc",
        };
        foreach (var (name, value) in further)
        {
            settings[$"McpOidc:{name}"] = value;
        }

        return await TestSite.StartAsync(
            Loopback.FreePort(),
            settings,
            builder => builder.Services.AddMcpOidc().AddAuthorizationServer().AddProcessGuards(),
            _ => { },
            environment
        );
    }
}
