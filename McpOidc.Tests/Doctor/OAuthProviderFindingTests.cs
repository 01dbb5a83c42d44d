using McpOidc.Doctor;
using McpOidc.Tests.Federation.Simulators;

namespace McpOidc.Tests.Doctor;

/// <summary>A provider without OpenID Connect: there is no discovery, so the doctor checks what it can.</summary>
public sealed class OAuthProviderFindingTests : IAsyncLifetime
{
    private readonly SimulatedGitHub _github = new();

    public Task InitializeAsync() => _github.StartAsync();

    public Task DisposeAsync() => _github.DisposeAsync().AsTask();

    [Fact]
    public async Task The_doctor_finds_no_fault_in_GitHub_with_its_preset_and_confirms_the_secret()
    {
        var report = await RunAsync(SimulatedOAuthProvider.ClientSecret);
        Assert.DoesNotContain(report.Findings, finding => finding.Outcome == DoctorOutcome.Problem);
        foreach (var check in (string[])["idp discovery", "idp keys", "idp userinfo", "idp client", "offline access"])
        {
            Assert.Equal(DoctorOutcome.Ok, Assert.Single(report.Findings, finding => finding.Check == check).Outcome);
        }
    }

    [Fact]
    public async Task The_doctor_names_the_setting_of_a_secret_that_GitHub_refuses_with_status_200()
    {
        var finding = Assert.Single((await RunAsync("wrong")).Findings, finding => finding.Check == "idp client");
        Assert.Equal(DoctorOutcome.Problem, finding.Outcome);
        Assert.Contains("McpOidc:IdentityProvider:ClientSecret", finding.Remedy, StringComparison.Ordinal);
    }

    private Task<DoctorReport> RunAsync(string secret) =>
        Examine.RunAsync(
            new Dictionary<string, string?>(Examine.Settings())
            {
                ["McpOidc:IdentityProvider:Preset"] = "GitHub",
                ["McpOidc:IdentityProvider:Issuer"] = _github.Origin,
                ["McpOidc:IdentityProvider:ClientId"] = SimulatedOAuthProvider.ClientId,
                ["McpOidc:IdentityProvider:ClientSecret"] = secret,
            },
            new IdentityProviderDiscoveryCheck(),
            new IdentityProviderKeysCheck(),
            new IdentityProviderUserInfoCheck(),
            new IdentityProviderClientCheck(),
            new RedirectUriCheck(),
            new OfflineAccessCheck()
        );
}
