using McpOidc.Tests.Doctor;

namespace McpOidc.Tests.Token.IdentityAssertion;

/// <summary>The server does not start with an assertion issuer that could name other providers' people (C40).</summary>
public sealed class IssuerSettingsTests
{
    private const string Issuers = "McpOidc:IdentityAssertion:Issuers:0";

    public static TheoryData<string, string, (string Name, string Value)[]> Refused =>
        new()
        {
            { "Provider", "not a configured identity provider", [("Provider", "nobody")] },
            { "Provider", "is missing", [("PersonBy", "Email"), ("EmailDomains:0", "example.com")] },
            { "EmailDomains__0", "is missing", [("Provider", "default"), ("PersonBy", "Email")] },
            { "EmailDomains__0", "not a domain", [("Provider", "default"), ("PersonBy", "Email"), ("EmailDomains:0", "@example.com")] },
            { "ClientDomains__0", "not a domain", [("ClientDomains:0", "https://claude.ai")] },
            { "Scopes", "about a user", [("ClientDomains:0", "claude.ai"), ("Scopes:0", "openid")] },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_issuer_is_refused_with(string setting, string problem, (string Name, string Value)[] settings) =>
        (await RunAsync(settings)).Problem("configuration", $"McpOidc__IdentityAssertion__Issuers__0__{setting}", problem);

    [Theory]
    [InlineData("EntraId", "https://login.microsoftonline.com/organizations/v2.0", "Subject")]
    [InlineData("EntraId", "https://login.microsoftonline.com/common/v2.0", "Email")]
    [InlineData("Google", "https://accounts.google.com", "Email")]
    public async Task A_provider_shared_by_many_organizations_does_not_determine_whose_people_are_meant(
        string preset,
        string provider,
        string by
    )
    {
        var settings = Examine.Settings();
        settings["McpOidc:IdentityProvider:Preset"] = preset;
        settings["McpOidc:IdentityProvider:Issuer"] = provider;
        (await RunAsync([("Provider", "default"), ("PersonBy", by), ("EmailDomains:0", "example.com")], settings)).Problem(
            "configuration",
            "McpOidc__IdentityAssertion__Issuers__0__Provider",
            "a single tenant"
        );
    }

    [Fact]
    public async Task A_standalone_issuer_and_an_issuer_with_every_setting_are_accepted()
    {
        (await RunAsync([("", "https://idp.example")])).Ok("configuration");
        (
            await RunAsync([
                ("Provider", "default"),
                ("PersonBy", "Email"),
                ("EmailDomains:0", "example.com"),
                ("ClientDomains:0", "claude.ai"),
                ("Scopes:0", "files:read"),
            ])
        ).Ok("configuration");
    }

    private static Task<McpOidc.Doctor.DoctorReport> RunAsync(
        (string Name, string Value)[] changes,
        Dictionary<string, string?>? settings = null
    )
    {
        settings ??= Examine.Settings();
        if (changes is not [("", _)])
        {
            settings[Issuers + ":Issuer"] = "https://idp.example";
        }

        foreach (var (name, value) in changes)
        {
            settings[name.Length == 0 ? Issuers : $"{Issuers}:{name}"] = value;
        }

        return Examine.RunAsync(settings);
    }
}
