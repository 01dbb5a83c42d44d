using System.Security.Claims;
using McpOidc.Doctor;
using McpOidc.Protection;
using McpOidc.Tests.Account;
using McpOidc.Tests.Doctor;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.SignIn.Application;

/// <summary>What startup and the doctor report about sign-in at the application and its settings (ADR 0037).</summary>
public sealed class ApplicationSettingsTests
{
    [Theory]
    [InlineData("McpOidc:ApplicationSignIn:Scheme", "Nowhere", "the application has no such authentication scheme")]
    [InlineData("McpOidc:ApplicationSignIn:Scheme", "McpOidc", "no such authentication scheme that signs people in and out")]
    [InlineData("McpOidc:IdentityProvider:Issuer", "https://idp.example.com", "UseApplicationSignIn() signs people in at the application")]
    [InlineData("McpOidc:IdentityProvider:Preset", "Google", "UseApplicationSignIn() signs people in at the application")]
    [InlineData("McpOidc:IdentityProvider:GroupsClaim", ".", "not a valid claim path")]
    public async Task A_wrong_setting_prevents_the_start_and_the_error_names_the_setting_and_the_remedy(
        string setting,
        string value,
        string complaint
    )
    {
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => ApplicationWorld.StartAsync(options => options.Set(setting, value)));
        Assert.Contains(complaint, exception.ToString(), StringComparison.Ordinal);
        Assert.Contains(setting.Replace(":", "__", StringComparison.Ordinal), exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_startup_nor_the_doctor_requires_an_identity_provider()
    {
        await using var world = await ApplicationWorld.StartAsync();
        Assert.DoesNotContain(
            world.System.Server.Logs.Lines,
            line =>
                line.StartsWith("Warning McpOidc", StringComparison.Ordinal) && line.Contains("IdentityProvider", StringComparison.Ordinal)
        );

        var settings = Examine.Settings();
        foreach (var name in settings.Keys.Where(key => key.StartsWith("McpOidc:IdentityProvider", StringComparison.Ordinal)).ToList())
        {
            settings.Remove(name);
        }

        var report = await Examine.RunAsync(
            settings,
            configure: builder =>
            {
                builder.Services.AddAuthentication("Cookies").AddCookie("Cookies");
                builder.UseApplicationSignIn("Cookies");
            }
        );
        var configuration = report.Findings.Where(finding => finding.Check.StartsWith("configuration", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(configuration);
        Assert.All(configuration, finding => Assert.Equal(DoctorOutcome.Ok, finding.Outcome));
        Assert.Contains(report.Findings, finding => finding.Check == "idp discovery" && finding.Outcome == DoctorOutcome.Skipped);
    }

    [Fact]
    public async Task Claims_have_their_configured_names_and_the_configured_claim_identifies_people()
    {
        await using var world = await ApplicationWorld.StartAsync(options =>
        {
            options.Set("McpOidc:ApplicationSignIn:Claims:desk", "urn:example:desk");
            options.Set("McpOidc:IdentityProvider:Allow:0:Claims:0:Claim", "desk");
            options.Set("McpOidc:IdentityProvider:Allow:0:Claims:0:Values:0", "7");
            options.Set("McpOidc:IdentityProvider:Allow:0:EmailDomains:0", "example.com");
        });
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        client.Dispose();
        Assert.Equal(200, tokens.Status);
    }

    [Fact]
    public async Task A_person_whose_claim_name_differs_from_the_user_name_has_that_name_and_all_roles()
    {
        await using var world = await ApplicationWorld.StartAsync();
        world.People.Change("alice", user => user with { Further = [new("name", "Alice Smith"), new("role", "buyer")] });
        using var browser = new Browser();
        var (client, tokens) = await world.SignInAsync(browser);
        client.Dispose();
        Assert.Equal("Alice Smith", JwtReader.Payload(tokens["id_token"]!)["name"]?.ToString());
        var subject = JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString();
        var users = world.System.Server.Services.GetRequiredService<IUserAccessor>();
        var user = await users.GetAsync(new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", subject)])), CancellationToken.None);
        Assert.Equal("[\"owner\",\"buyer\"]", user!.Claims["roles"]!.ToJsonString());
    }

    [Fact]
    public async Task Signing_out_everywhere_also_signs_out_at_the_application_if_the_operator_configures_it()
    {
        await using var world = await ApplicationWorld.StartAsync(options =>
            options.Set("McpOidc:IdentityProvider:SignOutAtProvider", "true")
        );
        using var browser = new Browser();
        var shown = await ShownAccount.OpenAsync(world.System, browser);
        using var ended = await browser.PostAsync(
            shown.Url,
            new Dictionary<string, string> { ["token"] = shown.FormToken, ["end"] = "everywhere" }
        );
        Assert.Equal(200, (int)ended.StatusCode);
        using var home = await browser.GetAsync(world.System.Issuer + "/staff/home");
        Assert.Equal(302, (int)home.StatusCode);
    }
}
