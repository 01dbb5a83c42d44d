using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Doctor;

/// <summary>Settings that prevent the server from starting, or that have no effect.</summary>
public sealed class ConfigurationFaultTests
{
    [Theory]
    [InlineData("McpOidc:Issuer", "http://auth.example.com", "McpOidc__Issuer", "https")]
    [InlineData("McpOidc:Issuer", null, "McpOidc__Issuer", "is missing")]
    [InlineData("McpOidc:Secret", "short", "McpOidc__Secret", "at least 32")]
    [InlineData("McpOidc:Secret", null, "McpOidc__Secret", "is missing")]
    [InlineData("McpOidc:Resources:0:Uri", null, "McpOidc__Resources__0__Uri", "is missing")]
    [InlineData("McpOidc:IdentityProvider:Issuer", null, "McpOidc__IdentityProvider__Issuer", "is missing")]
    [InlineData("McpOidc:Sqlite:Path", null, "ConnectionStrings__redis", "McpOidc__Sqlite__Path")]
    [InlineData("McpOidc:Tokens:AccessTokenLifetime", "a quarter of an hour", "McpOidc__Tokens__AccessTokenLifetime", "hh:mm:ss")]
    [InlineData("McpOidc:Registration:Enabled", "perhaps", "McpOidc__Registration__Enabled", "true or false")]
    public async Task A_setting_that_prevents_the_start_is_named_and_the_other_checks_still_run(
        string setting,
        string? value,
        string variable,
        string remedy
    )
    {
        await using var provider = await StandInProvider.StartAsync();
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:Issuer"] = "https://auth.example.invalid";
        settings[setting] = value;
        var report = await Examine.RunAsync(settings, "Production");
        report.Problem("configuration", variable, remedy);
        if (!setting.StartsWith("McpOidc:IdentityProvider", StringComparison.Ordinal))
        {
            report.Ok("idp client");
        }
    }

    [Fact]
    public async Task An_http_issuer_on_loopback_is_a_problem_in_production() =>
        (await Examine.RunAsync(Examine.Settings(), "Production")).Problem(
            "configuration",
            "McpOidc__Issuer",
            "allowed only in Development"
        );

    [Fact]
    public async Task All_faulty_settings_are_reported_together_in_the_words_of_the_startup_error()
    {
        Dictionary<string, string?> settings = new()
        {
            ["McpOidc:Issuer"] = "http://auth.example.com",
            ["McpOidc:Secret"] = "short",
            ["McpOidc:TrustedProxies:0"] = "everybody",
            ["McpOidc:Redis:WaitForReplicas"] = "9",
            ["McpOidc:IdentityProvider:Scopes"] = "email",
            ["McpOidc:IdentityProvider:Providers:second:ClientId"] = "x",
            ["McpOidc:Admin:Key"] = "short",
            ["McpOidc:Keys:Jwks"] = "{",
        };
        var exception = await Assert.ThrowsAnyAsync<Exception>(() =>
            TestSite.StartAsync(
                Loopback.FreePort(),
                settings,
                builder => builder.Services.AddMcpOidc().AddAuthorizationServer().AddProcessGuards(),
                app => app.UseMcpOidc(),
                "Production"
            )
        );
        var atStart = (exception is AggregateException several ? several.InnerExceptions : [exception])
            .Cast<OptionsValidationException>()
            .SelectMany(inner => inner.Failures)
            .Distinct()
            .ToList();
        var report = await Examine.RunAsync(settings, "Production");
        Assert.Equal(
            atStart.Order(),
            report
                .Findings.Where(finding => finding.Check == "configuration")
                .Select(finding => $"{finding.Message} {finding.Remedy}")
                .Order()
        );
        Assert.True(atStart.Count >= 8, $"{atStart.Count}");
    }

    [Fact]
    public async Task A_misspelled_setting_is_a_warning()
    {
        var settings = Examine.Settings();
        settings["McpOidc:IdentityProvider:ClientSecert"] = "dev-secret";
        settings["McpOidc:IdentityProvider:Providers:staff:Issuer"] = "https://idp.example.invalid";
        settings["McpOidc:IdentityProvider:Providers:staff:ClientId"] = "staff";
        settings["McpOidc:IdentityProvider:CustomData:group"] = "org_id";
        settings["McpOidc:IdentityProvider:CustomData:organization:id"] = "org_id";
        settings["McpOidc:IdentityAssertion:Issuers:0"] = "https://idp.example.invalid";
        settings["McpOidc:IdentityAssertion:Issuers:1:Issuer"] = "https://second.example.invalid";
        settings["mcpoidc:identityprovider:DOMAINS:0"] = "example.com";
        var report = await Examine.RunAsync(settings);
        report.Warning("unknown settings", "McpOidc__IdentityProvider__ClientSecert");
        Assert.Single(report.Findings, finding => finding.Check == "unknown settings");
    }

    [Fact]
    public async Task Leftover_settings_of_the_npm_package_are_listed_by_name_in_a_warning()
    {
        var settings = Examine.Settings();
        settings["JWKS"] = """{"keys":[{"kty":"RSA","d":"private-part"}]}""";
        settings["SESSION_SECRET"] = "a-session-secret-of-before";
        settings["OIDC_CLIENT_SECRET"] = "a-client-secret-of-before";
        var report = await Examine.RunAsync(settings);
        report.Warning("left over settings", "JWKS", "SESSION_SECRET", "OIDC_CLIENT_SECRET", "migration-from-npm.md");
        Assert.DoesNotContain("private-part", report.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain((await Examine.RunAsync(Examine.Settings())).Findings, finding => finding.Check == "left over settings");
    }

    [Fact]
    public async Task It_is_a_problem_that_no_client_can_become_known()
    {
        var settings = Examine.Settings();
        settings["McpOidc:Registration:ClientIdMetadataDocuments:Enabled"] = "false";
        settings["McpOidc:Registration:InitialAccessTokens:0"] = new string('t', 40);
        (await Examine.RunAsync(settings)).Warning(
            "registration",
            "initial access token",
            "McpOidc__Registration__ClientIdMetadataDocuments__Enabled"
        );

        settings["McpOidc:Registration:Enabled"] = "false";
        (await Examine.RunAsync(settings)).Problem("registration", "McpOidc__Registration__Enabled", "McpOidc:Clients");

        settings["McpOidc:Registration:ClientIdMetadataDocuments:Enabled"] = "true";
        (await Examine.RunAsync(settings)).Warning("registration", "Only metadata documents are enabled");
    }

    [Fact]
    public async Task Trusting_every_address_as_a_proxy_is_a_warning()
    {
        var settings = Examine.Settings();
        settings["McpOidc:TrustedProxies:0"] = "0.0.0.0/0";
        (await Examine.RunAsync(settings)).Warning("proxy", "McpOidc__TrustedProxies__0", "the proxy's network");
    }
}
